/** The members of npm cap that are used. */
declare module 'cap' {
  class Cap {
    /** The native side fetches this once, when constructed, and calls it with 'packet' for every frame. */
    emit(event: 'packet', length: number, truncated: boolean): boolean;
    /**
     * @returns the link type's name.
     * @throws Error with libpcap's text.
     */
    open(device: string, filter: string, bufferBytes: number, frame: Uint8Array): string;
    close(): boolean;
  }
  const cap: { Cap: typeof Cap };
  export default cap;
}
