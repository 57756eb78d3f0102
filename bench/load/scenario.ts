/** What a round of the bench sends, and what of it the mirror is asked to copy. */

export interface Scenario {
  readonly name: string;
  /** Length of a frame without its check sequence, in bytes. */
  readonly frameBytes: number;
  readonly flows: number;
  /** Devices that are mirrored; the load is shared out among them. */
  readonly sources: number;
  /** Sessions on each source; with three, ten rules each, of which only the very last accepts. */
  readonly sessions: 1 | 3;
  /** Share of the frames that a rule accepts. */
  readonly wanted: 0 | 0.01 | 1;
  readonly packetLength?: number;
  /** `engine.ringMegabytes`; absent: the default. */
  readonly ringMegabytes?: number | 'auto';
  /** Protocol of the rules; the generator's frames are UDP. */
  readonly protocol: 6 | 17;
}

/** 64 bytes of 64 flows on one source, all of it wanted. */
export const SMALL_FRAMES: Scenario = {
  name: '64 bytes',
  frameBytes: 64,
  flows: 64,
  sources: 1,
  sessions: 1,
  wanted: 1,
  protocol: 17,
};

/** The same with frames of 512 bytes. */
export const MIDDLE_FRAMES: Scenario = { ...SMALL_FRAMES, name: '512 bytes', frameBytes: 512 };

/** The same with frames of 1400 bytes. */
export const LARGE_FRAMES: Scenario = { ...SMALL_FRAMES, name: '1400 bytes', frameBytes: 1400 };

/** No rule accepts what comes. */
export const NOTHING_WANTED: Scenario = { ...SMALL_FRAMES, name: '64 bytes, nothing wanted', wanted: 0 };

/** The first bytes of what a workload gets in bulk over TCP, in GSO frames. */
export const BULK_HEADERS: Scenario = {
  ...SMALL_FRAMES,
  name: 'PacketLength 128',
  protocol: 6,
  packetLength: 128,
};

/** All of it. */
export const BULK_WHOLE: Scenario = { ...SMALL_FRAMES, name: 'whole', protocol: 6 };

/** Of so many flows that no two frames of a port are under way at once. */
export const TRICKLE: Scenario = { ...SMALL_FRAMES, name: '1,000 frames/s', flows: 1000 };

/** One source, of which nothing comes. */
export const IDLE_SOURCE: Scenario = { ...SMALL_FRAMES, name: 'one source' };

/** The device of a source. @param index from 0. */
export function sourceDevice(index: number): string {
  return index === 0 ? 'veth0' : `src${index}`;
}

/** The device whose frames go to that source. */
export function peerDevice(index: number): string {
  return index === 0 ? 'veth1' : `peer${index}`;
}
