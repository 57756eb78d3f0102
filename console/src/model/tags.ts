/** Tags of resources. */
import { listAt, textAt, type XmlObject } from '../aws/xml.js';

/** One tag. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** What has tags. */
export interface Tagged {
  readonly tags: readonly Tag[];
}

/** The tags in `tagSet`. */
export function parseTags(item: XmlObject): Tag[] {
  return listAt(item, 'tagSet').map((tag) => ({
    key: textAt(tag, 'key') ?? '',
    value: textAt(tag, 'value') ?? '',
  }));
}

/** The value of the tag `Name`; undefined without one, or with an empty one. */
export function nameTag({ tags }: Tagged): string | undefined {
  return tags.find(({ key }) => key === 'Name')?.value || undefined;
}

/** Tags as one text, for a cell: `Name=web, team=blue`. */
export function tagsText({ tags }: Tagged): string {
  return tags.map(({ key, value }) => (value === '' ? key : `${key}=${value}`)).join(', ');
}
