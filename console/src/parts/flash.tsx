/** Messages at the top of the page: what succeeded, and what failed. */
import Button from '@cloudscape-design/components/button';
import Flashbar, { type FlashbarProps } from '@cloudscape-design/components/flashbar';
import Link from '@cloudscape-design/components/link';
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import { toApiError } from '../aws/errors.js';
import { errorText } from './error-text.js';

interface FailureOptions {
  /** What failed: `Deleting tms-1 failed`. Shown before the words of the API. */
  readonly header?: string;
  /** Gives the message a button `Retry`. */
  readonly retry?: () => void;
}

/** What a page can say. */
export interface Flash {
  /** Says what succeeded. Links in it are `FlashLink`. */
  readonly success: (content: ReactNode) => void;
  /** Says what failed, with code, words and request id. */
  readonly failure: (error: unknown, options?: FailureOptions) => void;
  /** Says what the reader may want to know. */
  readonly info: (content: ReactNode) => void;
}

/** Messages stand in the order of their arrival, newest first; so many at most. */
const MAXIMUM_ITEMS = 10;

interface Messages {
  readonly items: readonly FlashbarProps.MessageDefinition[];
  readonly flash: Flash;
}

const MessagesContext = createContext<Messages | undefined>(undefined);

/** Keeps the messages of all pages. */
export function FlashProvider({ children }: { readonly children: ReactNode }) {
  const [items, setItems] = useState<readonly FlashbarProps.MessageDefinition[]>([]);
  const flash = useMemo(() => {
    let count = 0;
    const dismiss = (id: string): void => setItems((before) => before.filter((one) => one.id !== id));
    const add = (item: FlashbarProps.MessageDefinition): void => {
      count += 1;
      const id = `flash-${count}`;
      const shown = {
        ariaRole: 'status',
        dismissible: true,
        dismissLabel: 'Dismiss message',
        id,
        onDismiss: () => dismiss(id),
        ...item,
      } as const;
      setItems((before) => [shown, ...before].slice(0, MAXIMUM_ITEMS));
    };
    const failure: Flash['failure'] = (error, { header, retry } = {}) =>
      add({
        type: 'error',
        ariaRole: 'alert',
        header,
        content: errorText(toApiError(error)),
        ...(retry && { action: <Button onClick={retry}>Retry</Button> }),
      });
    return {
      success: (content: ReactNode) => add({ type: 'success', content }),
      info: (content: ReactNode) => add({ type: 'info', content }),
      failure,
    };
  }, []);
  const messages = useMemo(() => ({ items, flash }), [items, flash]);
  return <MessagesContext value={messages}>{children}</MessagesContext>;
}

/** What a page can say. The object is the same in every render. */
export function useFlash(): Flash {
  return useMessages().flash;
}

/** The messages. @param first stand before all others */
export function Flashes({ first }: { readonly first: readonly FlashbarProps.MessageDefinition[] }) {
  const { items } = useMessages();
  return <Flashbar items={[...first, ...items]} stackItems={items.length > 3} />;
}

/** A link in a message. */
export function FlashLink({ href, children }: { readonly href: string; readonly children: ReactNode }) {
  return (
    <Link href={href} color="inverted">
      {children}
    </Link>
  );
}

function useMessages(): Messages {
  const messages = useContext(MessagesContext);
  if (messages === undefined) throw new Error('There is no FlashProvider.');
  return messages;
}
