/** Inspects a state file, and cuts off what is damaged. The caller holds the lock of the directory. */
import type { FileHandle } from 'node:fs/promises';
import { type Cut, cutOff, DISK, writeFully } from './disk.js';
import { changeBodies, encodeRecord } from './record.js';
import { type JournalScan, scanJournal } from './scan.js';

export interface Inspection extends JournalScan {
  /** Size of the file. */
  readonly bytes: number;
}

export interface Repair {
  /** The file before the repair. */
  readonly inspection: Inspection;
  /** Absent when nothing is damaged, or the file is of a later version. */
  readonly cut?: Cut;
}

/** Reads a file without changing it. @throws Error of the system (rejects) */
export function inspectState(path: string): Promise<Inspection> {
  return using(path, 'r', inspect);
}

/**
 * Cuts off the damaged record, with its group and everything after it, and keeps them in a file beside it. A file of a
 * later version is not changed.
 * @throws Error of the system (rejects)
 */
export function repairState(path: string): Promise<Repair> {
  return using(path, 'r+', async (file) => {
    const inspection = await inspect(file);
    const { break: problem, end, isUnclosed } = inspection;
    if (problem === undefined || problem.kind === 'unsupported') return { inspection };
    const cut = await cutOff(DISK, { path, file, from: end.bytes, kind: 'cut' });
    if (isUnclosed && end.link.number > 0) await closeGroup(file, inspection);
    return { inspection, cut };
  });
}

/** Ends the first group after the records that are left of it. */
async function closeGroup(file: FileHandle, { end }: Inspection): Promise<void> {
  for (const { body, isLast } of changeBodies([])) {
    await writeFully(file, encodeRecord(end.link, isLast, body).bytes, end.bytes);
  }
  await file.sync();
}

async function inspect(file: FileHandle): Promise<Inspection> {
  const { size } = await file.stat();
  return { ...(await scanJournal(file, () => {})), bytes: size };
}

async function using<Result>(
  path: string,
  flags: string,
  use: (file: FileHandle) => Promise<Result>,
): Promise<Result> {
  const file = await DISK.open(path, flags);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
