/**
 * Parameters of an EC2 Query request: flat names such as `TagSpecification.1.Tag.2.Key`. Actions read parameters by
 * name; those that no action has read are unknown.
 */
import { show } from '../../resources/parsed.js';
import { hasAtMost, isLine, isText, isXmlText, TEXT_BOUNDS } from '../../resources/text.js';
import { Ec2Error, invalidValue, missingParameter, shorten, uncapitalize } from './ec2-error.js';

/** Parameters that the service reads. */
const COMMON_NAMES = ['Action', 'Version'];

/** The longest list: the ids of CreateTags. */
const MAXIMUM_ITEMS = 1000;

/** Steps of the longest name: `TagSpecification.1.Tag.2.Key`. */
const MAXIMUM_STEPS = 5;

const NO_STEPS: ReadonlySet<string> = new Set();

const INTEGER = /^-?(0|[1-9][0-9]{0,14})$/;

const INDEX = /^[1-9][0-9]{0,8}$/;

/** The characters that values may hold, by the name of the parameter. All others must be one line. */
const CHARACTERS: readonly (readonly [names: RegExp, fits: (text: string) => boolean])[] = [
  [/^Description$/, isText],
  // Tags of older versions may hold characters that are refused now, and must be found and deleted. New ones are
  // checked as tags.
  [/^Filter\.|(^|\.)Tag\./, isXmlText],
];

/** All parameters of a request; shared by its structures. */
class Request {
  readonly values: ReadonlyMap<string, string>;
  /** Full names of the parameters that were read. */
  readonly read = new Set(COMMON_NAMES);
  /** The steps that follow a prefix: `TagSpecification` to 1, 2, … */
  readonly #steps = new Map<string, Set<string>>();

  constructor(values: ReadonlyMap<string, string>) {
    this.values = values;
    for (const name of values.keys()) this.#addSteps(name);
  }

  stepsBehind(name: string): ReadonlySet<string> {
    return this.#steps.get(name) ?? NO_STEPS;
  }

  #addSteps(name: string): void {
    let dotAt = name.indexOf('.');
    for (let depth = 1; dotAt >= 0 && depth < MAXIMUM_STEPS; depth++) {
      const end = name.indexOf('.', dotAt + 1);
      const before = name.slice(0, dotAt);
      const steps = this.#steps.get(before) ?? new Set();
      this.#steps.set(before, steps.add(name.slice(dotAt + 1, end < 0 ? undefined : end)));
      dotAt = end;
    }
  }
}

export class Parameters {
  readonly #request: Request;
  readonly #prefix: string;

  private constructor(request: Request, prefix: string) {
    this.#request = request;
    this.#prefix = prefix;
  }

  static of(values: ReadonlyMap<string, string>): Parameters {
    return new Parameters(new Request(values), '');
  }

  /**
   * An optional text.
   * @param maximum Unicode characters
   * @throws Ec2Error InvalidParameterValue for text that is too long, or holds characters that are not allowed
   */
  text(name: string, maximum: number = TEXT_BOUNDS.parameter): string | undefined {
    const fullName = this.#prefix + name;
    this.#request.read.add(fullName);
    const value = this.#request.values.get(fullName);
    if (value === undefined) return undefined;
    if (!hasAtMost(value, maximum)) {
      throw invalidValue(value, uncapitalize(fullName), `Expecting at most ${maximum} characters`);
    }
    if (!fitsName(fullName, value)) throw invalidValue(show(value), fullName, 'It holds control characters');
    return value;
  }

  /** A required text. @throws Ec2Error MissingParameter, also for empty text; InvalidParameterValue as `text` does */
  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw missingParameter(this.#prefix + name);
    return value;
  }

  /** An optional integer. The caller checks its range. @throws Ec2Error InvalidParameterValue */
  integer(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!INTEGER.test(value)) throw invalidValue(value, this.#prefix + name, 'It must be a whole number');
    return Number(value);
  }

  /** A required integer. @throws Ec2Error MissingParameter, InvalidParameterValue */
  requiredInteger(name: string): number {
    this.requiredText(name);
    return this.integer(name) as number;
  }

  /** False when it is absent. @throws Ec2Error InvalidParameterValue */
  boolean(name: string): boolean {
    const value = this.text(name);
    if (value === undefined || value === 'false') return false;
    if (value === 'true') return true;
    throw invalidValue(value, this.#prefix + name, 'It must be true or false');
  }

  /** The list `Name.1`, `Name.2`, … by index. Indexes may have gaps. */
  texts(name: string, maximum?: number): string[] {
    return this.#indexes(name).map((index) => this.text(`${name}.${index}`, maximum) ?? '');
  }

  /** The list of structures `Name.1.…`, `Name.2.…`. */
  structures(name: string): Parameters[] {
    return this.#indexes(name).map((index) => this.#inside(`${name}.${index}`));
  }

  /** The structure `Name.…`; undefined when it has no member. */
  structure(name: string): Parameters | undefined {
    return this.#request.stepsBehind(this.#prefix + name).size > 0 ? this.#inside(name) : undefined;
  }

  /** The name as the request has it: `SourcePortRange.FromPort`. */
  fullName(name: string): string {
    return this.#prefix + name;
  }

  /** All parameters, unchanged and sorted by name: for the digest of a request. */
  sorted(except: readonly string[]): (readonly [name: string, value: string])[] {
    return [...this.#request.values]
      .filter(([name]) => !except.includes(name))
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Requires that every parameter was read. @throws Ec2Error UnknownParameter */
  finish(): void {
    for (const name of this.#request.values.keys()) {
      if (!this.#request.read.has(name)) {
        throw new Ec2Error('UnknownParameter', `The parameter ${shorten(name)} is not recognized`);
      }
    }
  }

  #inside(name: string): Parameters {
    return new Parameters(this.#request, `${this.#prefix}${name}.`);
  }

  #indexes(name: string): number[] {
    const fullName = this.#prefix + name;
    const indexes = [...this.#request.stepsBehind(fullName)].filter((step) => INDEX.test(step)).map(Number);
    if (indexes.length > MAXIMUM_ITEMS) {
      throw new Ec2Error('InvalidParameterValue', `${fullName} has more than ${MAXIMUM_ITEMS} items`);
    }
    return indexes.sort((a, b) => a - b);
  }
}

function fitsName(name: string, value: string): boolean {
  const [, fits = isLine] = CHARACTERS.find(([names]) => names.test(name)) ?? [];
  return fits(value);
}
