/** Availability zones: their names, and the ids that EC2 has beside them. */
import { defaultZone } from '../../resources/interface-place.js';

/** A region, such as `us-gov-west-1`, and the letter of a zone in it. */
const ZONE = /^([a-z]+(?:-[a-z]+)*)-([a-z]+)-([0-9]+)([a-z])$/;

/** `use1` of `us-east-1`: the first letters of directions. */
const DIRECTION = /north|south|east|west|central/g;

const FIRST_LETTER = 'a'.charCodeAt(0);

/** The zones that are named, and the one of what names none; each once, sorted. */
export function zonesIn(region: string, named: readonly string[]): string[] {
  return [...new Set([defaultZone(region), ...named])].sort();
}

/** `use1-az1` of `us-east-1a`; the name itself where it has another form. */
export function zoneIdOf(zone: string): string {
  const [, area = '', direction = '', number = '', letter] = ZONE.exec(zone) ?? [];
  if (letter === undefined) return zone;
  const short = (direction.match(DIRECTION) ?? [direction]).map(([first]) => first).join('');
  return `${area.replaceAll('-', '')}${short}${number}-az${letter.charCodeAt(0) - FIRST_LETTER + 1}`;
}
