/**
 * The bounds of texts, those of the cloud's API where it has one. The configuration file and the control API refuse
 * what is longer; texts of a state file that are from before there were bounds stay as they are.
 */

export const TEXT_BOUNDS = {
  /** Of targets, filters, rules and sessions: Unicode characters. */
  description: 255,
  /** Ids and ARNs of resources: UTF-16 units. */
  identifier: 255,
  /** Unicode characters. */
  tagKey: 127,
  tagValue: 256,
  /** ASCII. */
  clientToken: 64,
  /** Of Resource Access Manager. */
  shareName: 255,
  /** Any other text in calls of Resource Access Manager. */
  arn: 2048,
  /** Of a policy: ARNs and values of conditions, as IAM's policy simulator takes them; UTF-16 units. */
  policyText: 2048,
  /** Any other parameter of the EC2 API; of a page's token, which holds a key of a tag, more. */
  parameter: 1024,
  pageToken: 4096,
  /** A value of a filter: the longest value of a tag, were each of its characters a surrogate pair and escaped. */
  filterValue: 1024,
  /** What a filter with wildcards looks at, of a text of any length. */
  matched: 1024,
} as const;

/** True when the text has so many Unicode characters at most. Does not look at more than it must. */
export function hasAtMost(text: string, characters: number): boolean {
  if (text.length <= characters) return true;
  return text.length <= 2 * characters && [...text].length <= characters;
}
