/** A view on a screen: which part of it is shown, what keys change, and the line at the bottom. */
import type { Key } from 'node:readline';
import { cutTo } from '../terminal-text.js';
import type { Paint } from './paint.js';
import { ORDERS, type Order } from './sort.js';
import type { View } from './view.js';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** What the user chose. */
export interface PageState {
  readonly order: Order;
  readonly isReversed: boolean;
  /** Lines of the body above the screen; more than there are count as all. */
  readonly scroll: number;
  readonly hasHelp: boolean;
}

export const FIRST_PAGE: PageState = { order: 'n', isReversed: false, scroll: 0, hasHelp: false };

/** Rows of the body that stay on the screen when a page is turned. */
const OVERLAP_ROWS = 1;

const HELP: readonly string[] = [
  'keys',
  '  q, Ctrl-C           end',
  '  h, ?                this help; any key leaves it',
  '  up, down, k, j      scroll by a line',
  '  page up, page down  scroll by a screen; also b and space',
  '  home, end           to the first or last line; also g and G',
  ...Object.entries(ORDERS).map(([key, meaning]) => `  ${key}                   order: ${meaning}`),
  '                      the same key again: the other way round',
  '',
  'columns',
  '  DIR      in: received by the source; out: sent by it',
  '  DROP/s   frames for which the ring had no room; DROPS since the start',
  '  CUT/s    copies cut to fit the path MTU, or by the kernel',
  '  SKIP/s   copies due that were not sent; SKIPPED and WHY since the start',
  '  a rate is - until there are two looks at the same daemon',
];

/** The lines of the screen: the head, as much of the body as fits, and the keys. */
export function pageOf(view: View, state: PageState, { columns, rows }: ScreenSize, paint: Paint): string[] {
  const { head, body } = state.hasHelp ? { head: [], body: HELP } : view;
  const fixed = head.slice(0, Math.max(0, rows - 2));
  const room = Math.max(0, rows - fixed.length - 1);
  const from = Math.min(state.scroll, lastScroll(body.length, room));
  const shown = body.slice(from, from + room).map((line) => (state.hasHelp ? cutTo(line, columns) : line));
  const place = body.length > room ? `${from + 1}-${from + shown.length} of ${body.length}` : '';
  return [...fixed, ...shown, paint('faint', cutTo(footOf(state, place), columns))].slice(0, rows);
}

/** How far the body can be scrolled. @param room rows that the screen has for it */
function lastScroll(lines: number, room: number): number {
  return Math.max(0, lines - room);
}

/** @param room rows of the body on the screen. @param lines of the body. @returns the same state for a key without a meaning. */
export function afterKey(state: PageState, key: Key, room: number, lines: number): PageState {
  if (state.hasHelp) return { ...state, hasHelp: false };
  const name = key.name ?? key.sequence ?? '';
  const last = lastScroll(lines, room);
  const from = Math.min(state.scroll, last);
  const scrollTo = (scroll: number): PageState => ({ ...state, scroll: Math.min(Math.max(0, scroll), last) });
  const page = Math.max(1, room - OVERLAP_ROWS);
  if (name === 'h' || key.sequence === '?') return { ...state, hasHelp: true };
  if (isOrder(name) && key.ctrl !== true) {
    const isReversed = name === state.order && !state.isReversed;
    return { ...state, order: name, isReversed, scroll: 0 };
  }
  switch (name) {
    case 'up':
    case 'k':
      return scrollTo(from - 1);
    case 'down':
    case 'j':
      return scrollTo(from + 1);
    case 'pageup':
    case 'b':
      return scrollTo(from - page);
    case 'pagedown':
    case 'space':
      return scrollTo(from + page);
    case 'home':
      return scrollTo(0);
    case 'end':
      return scrollTo(last);
    case 'g':
      return scrollTo(key.shift === true ? last : 0);
    default:
      return state;
  }
}

function isOrder(name: string): name is Order {
  return Object.hasOwn(ORDERS, name);
}

function footOf({ order, isReversed, hasHelp }: PageState, place: string): string {
  if (hasHelp) return 'any key goes back';
  const parts = [`q end  h help  order: ${ORDERS[order]}${isReversed ? ', reversed' : ''}`];
  return [...parts, ...(place === '' ? [] : [place])].join('  ');
}
