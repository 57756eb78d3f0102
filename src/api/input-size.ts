/** The size of decoded JSON and CBOR, looked at before anything else is made of it. */

/** GetMetricData with 500 queries of one dimension each has 8000. */
const MAXIMUM_VALUES = 20_000;

/** False when it has more values, lists and members at any depth together, than any request needs. */
export function isSmallInput(input: unknown): boolean {
  const left: unknown[] = [input];
  let count = 0;
  for (let value = left.pop(); value !== undefined || left.length > 0; value = left.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    const members = Object.values(value);
    count += members.length;
    if (count > MAXIMUM_VALUES) return false;
    for (const member of members) left.push(member);
  }
  return true;
}
