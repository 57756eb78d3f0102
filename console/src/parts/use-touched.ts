/** Which fields were left, so that what is wrong with them is shown. */
import { useCallback, useEffect, useRef, useState } from 'react';

interface Touched {
  readonly paths: ReadonlySet<string>;
  readonly touch: (path: string) => void;
  readonly clear: () => void;
}

/**
 * Keeps the fields that were left. A field that is left by the press of a button counts after the click: its problem
 * makes the form longer, the button would move away under the pointer, and the click would be lost.
 */
export function useTouched(): Touched {
  const [paths, setPaths] = useState<ReadonlySet<string>>(new Set());
  const pressed = useRef(false);
  const waiting = useRef<string[]>([]);

  useEffect(() => {
    const press = (): void => {
      pressed.current = true;
    };
    const release = (): void => {
      pressed.current = false;
      // The click comes in the same task as the release of the pointer.
      setTimeout(() => {
        const left = waiting.current.splice(0);
        if (left.length > 0) setPaths((before) => new Set([...before, ...left]));
      });
    };
    window.addEventListener('pointerdown', press, true);
    window.addEventListener('pointerup', release, true);
    window.addEventListener('pointercancel', release, true);
    return () => {
      window.removeEventListener('pointerdown', press, true);
      window.removeEventListener('pointerup', release, true);
      window.removeEventListener('pointercancel', release, true);
    };
  }, []);

  const touch = useCallback((path: string) => {
    if (pressed.current) waiting.current.push(path);
    else setPaths((before) => (before.has(path) ? before : new Set(before).add(path)));
  }, []);
  const clear = useCallback(() => setPaths(new Set()), []);
  return { paths, touch, clear };
}
