/** XML responses as plain objects. */

/** Text, a structure by the names of its children, or a list. An empty element is the empty text. */
export type Xml = string | XmlObject | readonly Xml[];

/** A structure. */
export interface XmlObject {
  readonly [name: string]: Xml | undefined;
}

/** The part of a DOM element that is read. */
export interface XmlElement {
  readonly localName: string;
  readonly children: Iterable<XmlElement>;
  readonly textContent: string | null;
}

/** Names of the children that make an element a list: of EC2 Query, and of AWS Query. */
const ITEM_NAMES: readonly string[] = ['item', 'member'];

/** The root element of a document as a structure. @throws Error for text that is no XML document */
export function parseXml(text: string): XmlObject {
  const document = new DOMParser().parseFromString(text, 'application/xml');
  if (document.getElementsByTagName('parsererror').length > 0) throw new Error('The answer is not XML.');
  const root = plainOf(document.documentElement);
  return isObject(root) ? root : {};
}

/** An element as text, structure or list. */
export function plainOf(element: XmlElement): Xml {
  const children = [...element.children];
  if (children.length === 0) return element.textContent ?? '';
  if (children.every(({ localName }) => ITEM_NAMES.includes(localName))) return children.map(plainOf);
  return Object.fromEntries(children.map((child) => [child.localName, plainOf(child)]));
}

/** The text of a child. */
export function textAt(structure: XmlObject, name: string): string | undefined {
  const child = Object.hasOwn(structure, name) ? structure[name] : undefined;
  return typeof child === 'string' ? child : undefined;
}

/** The number in a child. */
export function numberAt(structure: XmlObject, name: string): number | undefined {
  const text = textAt(structure, name);
  return text === undefined || text === '' ? undefined : Number(text);
}

/** The structure of a child; empty when it has none. */
export function objectAt(structure: XmlObject, name: string): XmlObject {
  const child = structure[name];
  return child !== undefined && isObject(child) ? child : {};
}

/** The structures in a list; none when the list is empty or absent. */
export function listAt(structure: XmlObject, name: string): XmlObject[] {
  const child = structure[name];
  return Array.isArray(child) ? child.filter(isObject) : [];
}

/** The texts in a list. */
export function textsAt(structure: XmlObject, name: string): string[] {
  const child = structure[name];
  return Array.isArray(child) ? child.filter((one) => typeof one === 'string') : [];
}

function isObject(value: Xml): value is XmlObject {
  return typeof value === 'object' && !Array.isArray(value);
}
