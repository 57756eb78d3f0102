/** The members of npm cap and npm raw-socket that are used. */
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

declare module 'raw-socket' {
  /** The native socket behind a Socket: `send` calls sendto(2) before it returns, and throws its strerror text. */
  export interface SocketWrap {
    send(
      bytes: Uint8Array,
      offset: number,
      length: number,
      address: string,
      sent: (bytes: number) => void,
    ): void;
  }
  export interface Socket {
    readonly wrap: SocketWrap;
    setOption(level: number, option: number, value: number): void;
    pauseRecv(): Socket;
    close(): Socket;
    on(event: 'error', listener: (error: Error) => void): void;
  }
  const rawSocket: {
    createSocket(options: { protocol: number; addressFamily: 1 | 2; bufferSize: number }): Socket;
  };
  export default rawSocket;
}
