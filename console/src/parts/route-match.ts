/** Hash routes as text: `#/mirror-sessions/tms-1?tab=live`. No React, no DOM. */

/** Where the page is. */
export interface Location {
  /** Begins with a slash, and ends with none but the first. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Parameters of a pattern by name. */
export type RouteParams = Readonly<Record<string, string>>;

/** The location that a hash names. */
export function parseHash(hash: string): Location {
  const text = hash.replace(/^#/, '');
  const mark = text.indexOf('?');
  const path = mark < 0 ? text : text.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : text.slice(mark + 1));
  return { path: `/${path.split('/').filter(Boolean).join('/')}`, query };
}

/** The parameters of a path that fits a pattern such as `/mirror-sessions/:id`; undefined when it does not. */
export function matchPath(pattern: string, path: string): RouteParams | undefined {
  const [wanted, given] = [pattern, path].map((one) => one.split('/').filter(Boolean)) as [
    string[],
    string[],
  ];
  if (wanted.length !== given.length) return undefined;
  const params: [string, string][] = [];
  for (const [index, part] of wanted.entries()) {
    const segment = given[index] ?? '';
    if (part.startsWith(':')) params.push([part.slice(1), decoded(segment)]);
    else if (part !== segment) return undefined;
  }
  return Object.fromEntries(params);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
