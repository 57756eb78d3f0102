/** Whether the server answers. */
import { useCallback, useState } from 'react';

/** Since when it has not answered; undefined while it does. */
export function useReachable(): { since: Date | undefined; onAnswer: (answered: boolean) => void } {
  const [since, setSince] = useState<Date>();
  const onAnswer = useCallback((answered: boolean) => {
    setSince((before) => (answered ? undefined : (before ?? new Date())));
  }, []);
  return { since, onAnswer };
}
