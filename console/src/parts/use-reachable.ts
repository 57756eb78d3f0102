/** Whether the server answers. */
import { useCallback, useEffect, useState } from 'react';

const RETRY_MS = 5000;

/** Since when it has not answered; undefined while it does. As long as it does not, it is asked every 5 seconds. */
export function useReachable(): { since: Date | undefined; onAnswer: (answered: boolean) => void } {
  const [since, setSince] = useState<Date>();
  const onAnswer = useCallback((answered: boolean) => {
    setSince((before) => (answered ? undefined : (before ?? new Date())));
  }, []);
  const isGone = since !== undefined;
  useEffect(() => {
    if (!isGone) return;
    const ask = async (): Promise<void> => {
      try {
        await fetch(window.location.pathname, { method: 'HEAD', cache: 'no-store', credentials: 'omit' });
        onAnswer(true);
      } catch {
        // It is asked again.
      }
    };
    const timer = setInterval(() => void ask(), RETRY_MS);
    return () => clearInterval(timer);
  }, [isGone, onAnswer]);
  return { since, onAnswer };
}
