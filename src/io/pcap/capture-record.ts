/** What both file formats are read into, one frame at a time. */

/** One frame of a file. */
export class CaptureRecord {
  /** Index of its first byte in the memory of the window, until the next record is read. */
  at = 0;
  capturedLength = 0;
  wireLength = 0;
  /** Since 1970. */
  seconds = 0;
  nanoseconds = 0;
}

export interface RecordReader {
  /**
   * Reads the next frame.
   * @returns false at the end of the file.
   * @throws CaptureFileError; the frames before are whole.
   */
  next(record: CaptureRecord): boolean;
}
