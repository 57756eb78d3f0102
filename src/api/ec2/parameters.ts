/**
 * Parameters of an EC2 Query request: flat names such as `TagSpecification.1.Tag.2.Key`. Actions take what they
 * know by name; what nobody took is unknown.
 */
import { isLine, isText, isXmlText } from '../../resources/characters.js';
import { show } from '../../resources/parsed.js';
import { Ec2Error, invalidValue, missingParameter } from './ec2-error.js';

/** Every action has these. */
const COMMON_NAMES = ['Action', 'Version'];
/** The most items of any list: those of CreateTags. */
const MAXIMUM_ITEMS = 1000;
const INTEGER = /^-?(0|[1-9][0-9]{0,14})$/;
const INDEX = /^[1-9][0-9]{0,8}$/;

/** Which characters values may hold, by the name of the parameter; all others hold one line. */
const CHARACTERS: readonly (readonly [names: RegExp, fits: (text: string) => boolean])[] = [
  [/^Description$/, isText],
  // Tags of before may hold what is refused today, and can be found and deleted; new ones are judged as tags.
  [/^Filter\.|(^|\.)Tag\./, isXmlText],
];

export class Parameters {
  readonly #values: ReadonlyMap<string, string>;
  readonly #prefix: string;
  /** Full names that an action took; shared with the structures inside. */
  readonly #taken: Set<string>;

  constructor(values: ReadonlyMap<string, string>, prefix = '', taken = new Set(COMMON_NAMES)) {
    this.#values = values;
    this.#prefix = prefix;
    this.#taken = taken;
  }

  /** @throws Ec2Error InvalidParameterValue for characters that the value may not hold */
  text(name: string): string | undefined {
    const fullName = this.#prefix + name;
    this.#taken.add(fullName);
    const value = this.#values.get(fullName);
    if (value === undefined || fitsName(fullName, value)) return value;
    throw invalidValue(show(value), fullName, 'It holds control characters');
  }

  /** @throws Ec2Error MissingParameter, also for empty text; InvalidParameterValue as `text` does */
  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw missingParameter(this.#prefix + name);
    return value;
  }

  /** Any number; its range is for the caller. @throws Ec2Error InvalidParameterValue */
  integer(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!INTEGER.test(value)) throw invalidValue(value, this.#prefix + name, 'It must be a whole number');
    return Number(value);
  }

  /** @throws Ec2Error MissingParameter, InvalidParameterValue */
  requiredInteger(name: string): number {
    this.requiredText(name);
    return this.integer(name) as number;
  }

  /** @throws Ec2Error InvalidParameterValue */
  boolean(name: string): boolean {
    const value = this.text(name);
    if (value === undefined || value === 'false') return false;
    if (value === 'true') return true;
    throw invalidValue(value, this.#prefix + name, 'It must be true or false');
  }

  /** `Name.1`, `Name.2`, … in the order of their numbers, which may have gaps. */
  texts(name: string): string[] {
    return this.#indexes(name).map((index) => this.text(`${name}.${index}`) ?? '');
  }

  /** The structures `Name.1.…`, `Name.2.…`. */
  structures(name: string): Parameters[] {
    return this.#indexes(name).map((index) => this.#inside(`${name}.${index}`));
  }

  /** The structure `Name.…`; undefined when it has no member. */
  structure(name: string): Parameters | undefined {
    const prefix = `${this.#prefix}${name}.`;
    for (const known of this.#values.keys()) if (known.startsWith(prefix)) return this.#inside(name);
    return undefined;
  }

  /** As they came, sorted by name; for telling one request from another. */
  sorted(except: readonly string[]): (readonly [name: string, value: string])[] {
    return [...this.#values].filter(([name]) => !except.includes(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** @throws Ec2Error UnknownParameter for the first that no action takes */
  finish(): void {
    for (const name of this.#values.keys()) {
      if (!this.#taken.has(name)) {
        throw new Ec2Error('UnknownParameter', `The parameter ${name} is not recognized`);
      }
    }
  }

  #inside(name: string): Parameters {
    return new Parameters(this.#values, `${this.#prefix}${name}.`, this.#taken);
  }

  #indexes(name: string): number[] {
    const prefix = `${this.#prefix}${name}.`;
    const indexes = new Set<number>();
    for (const known of this.#values.keys()) {
      if (!known.startsWith(prefix)) continue;
      const [index = ''] = known.slice(prefix.length).split('.');
      if (INDEX.test(index)) indexes.add(Number(index));
    }
    if (indexes.size > MAXIMUM_ITEMS) {
      throw new Ec2Error(
        'InvalidParameterValue',
        `${this.#prefix}${name} has more than ${MAXIMUM_ITEMS} items`,
      );
    }
    return [...indexes].sort((a, b) => a - b);
  }
}

function fitsName(name: string, value: string): boolean {
  const [, fits = isLine] = CHARACTERS.find(([names]) => names.test(name)) ?? [];
  return fits(value);
}
