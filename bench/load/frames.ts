/** Frames of the generator: UDP over IPv4, of as many flows as a scenario has. */
import type { Scenario } from './scenario.js';

/** The port of the frames that are wanted; all others carry another. */
export const WANTED_PORT = 80;
const UNWANTED_PORT = 81;
/** A multiple of 100, so that one percent of the frames is a whole number. */
const LEAST_FRAMES = 200;
const FIRST_PORT = 1024;

/** @returns frames in hexadecimal; the flows take turns. */
export function framesOf(scenario: Scenario): string[] {
  const { frameBytes, flows } = scenario;
  return Array.from({ length: frameCount(scenario) }, (_, index) => {
    const port = isWanted(scenario, index) ? WANTED_PORT : UNWANTED_PORT;
    return udpFrame(frameBytes, FIRST_PORT + (index % flows), port).toString('hex');
  });
}

/** How many are wanted of so many frames, sent in turn from the first one on. */
export function wantedAmong(scenario: Scenario, frames: number): number {
  const count = frameCount(scenario);
  const rest = Array.from({ length: frames % count }, (_, index) => isWanted(scenario, index));
  return Math.floor(frames / count) * wantedCount(scenario) + rest.filter(Boolean).length;
}

function frameCount({ flows }: Scenario): number {
  return Math.max(LEAST_FRAMES, flows);
}

function wantedCount(scenario: Scenario): number {
  return Math.round(frameCount(scenario) * scenario.wanted);
}

/** The wanted frames lie at equal distances. */
function isWanted(scenario: Scenario, index: number): boolean {
  const wanted = wantedCount(scenario);
  return (index * wanted) % frameCount(scenario) < wanted;
}

/** To no host's MAC address: the source's own stack drops the frame at once, the mirror sees it all the same. */
function udpFrame(length: number, sourcePort: number, destinationPort: number): Buffer {
  const frame = Buffer.alloc(length);
  frame.set([0x02, 0, 0, 0, 0, 0x0b, 0x02, 0, 0, 0, 0, 0x0a, 0x08, 0x00]);
  frame.set([0x45, 0], 14);
  frame.writeUInt16BE(length - 14, 16);
  frame.set([64, 17], 22);
  frame.set([10, 1, 0, 2, 10, 1, 0, 1], 26);
  frame.writeUInt16BE(sourcePort, 34);
  frame.writeUInt16BE(destinationPort, 36);
  frame.writeUInt16BE(length - 34, 38);
  return frame;
}
