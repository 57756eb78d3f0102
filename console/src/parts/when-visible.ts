/** Waits for a page that is looked at. */

/** The part of a document that tells. */
interface Watched extends Pick<EventTarget, 'addEventListener' | 'removeEventListener'> {
  readonly hidden: boolean;
}

const EVENT = 'visibilitychange';

/** Calls once when the document is visible: at once, or as soon as its tab is shown. @returns what calls it off */
export function whenVisible(watched: Watched, call: () => void): () => void {
  const check = (): void => {
    if (watched.hidden) return;
    stop();
    call();
  };
  const stop = (): void => watched.removeEventListener(EVENT, check);
  watched.addEventListener(EVENT, check);
  check();
  return stop;
}
