/** The property filter of a list: its tokens as filters of a Describe action, and the rest as a test of rows. */
import type { ApiFilter } from '../aws/ec2.js';

/** A token: a key, an operator and a value, or free text without a key. */
export interface FilterToken {
  readonly propertyKey?: string | undefined;
  readonly operator: string;
  readonly value: unknown;
}

/** Filters of the API, one for each token with a key. */
export function apiFilters(tokens: readonly FilterToken[]): ApiFilter[] {
  return tokens.flatMap(({ propertyKey, operator, value }) =>
    propertyKey === undefined
      ? []
      : [{ Name: propertyKey, Value: valuesOf(value).map((one) => pattern(operator, one)) }],
  );
}

/** True when a row has the words of all tokens without a key. @param texts of the row's cells */
export function hasWords(tokens: readonly FilterToken[], texts: readonly string[]): boolean {
  const all = texts.map((text) => text.toLowerCase());
  return tokens
    .filter(({ propertyKey }) => propertyKey === undefined)
    .every(({ value }) =>
      valuesOf(value).some((word) => all.some((text) => text.includes(word.toLowerCase()))),
    );
}

/** True when an attribute fits a token, for lists that the API does not filter. */
export function fits({ operator, value }: FilterToken, attribute: string | undefined): boolean {
  const text = attribute?.toLowerCase() ?? '';
  return valuesOf(value).some((one) => {
    const wanted = one.toLowerCase();
    if (operator === ':') return text.includes(wanted);
    return operator === '^' ? text.startsWith(wanted) : text === wanted;
  });
}

/** Values of a token; a token with a list of values fits when one does. */
function valuesOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}

function pattern(operator: string, value: string): string {
  const literal = value.replace(/[\\*?]/g, '\\$&');
  if (operator === ':') return `*${literal}*`;
  return operator === '^' ? `${literal}*` : literal;
}
