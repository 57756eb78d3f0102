/** Signing in and out, and what happens when the server no longer accepts the key. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Client, type Credentials } from '../aws/client.js';
import { type ApiError, keptKeyRetryMs, toApiError } from '../aws/errors.js';
import type { Identity } from '../aws/sts.js';
import { checkKey } from './check-key.js';
import { keepKey, readKey } from './key-store.js';
import type { SignedIn } from './session.js';

const DEFAULT_REGION = 'us-east-1';

interface SignInState {
  /** Undefined before the first sign-in, and after a sign-out. A lost session stays, so that its page stays. */
  readonly session: SignedIn | undefined;
  /** Why the key was refused after it had been accepted. */
  readonly lost: ApiError | undefined;
  /** A kept key is being checked. */
  readonly checking: boolean;
  readonly region: string;
  readonly signIn: (credentials: Credentials, keep: boolean) => Promise<void>;
}

/** Keeps who is signed in. @param onAnswer called after each request: whether a server answered */
export function useSignIn(onAnswer: (answered: boolean) => void): SignInState {
  const [current, setCurrent] = useState<{ client: Client; identity: Identity; region: string }>();
  const [lost, setLost] = useState<ApiError>();
  const inUse = useRef<Client>(undefined);
  const [kept] = useState(readKey);
  const [checking, setChecking] = useState(kept !== undefined);

  const start = useCallback(
    async (credentials: Credentials): Promise<void> => {
      const endpoint = window.location.origin;
      const identity = await checkKey(new Client(credentials, endpoint, { onAnswer }));
      const client: Client = new Client(credentials, endpoint, {
        onAnswer,
        onSessionLost: (error) => {
          // A call that was on its way at a sign-out says nothing of the key that is used now.
          if (inUse.current === client) setLost(error);
        },
      });
      inUse.current = client;
      setLost(undefined);
      setCurrent({ client, identity, region: credentials.region });
    },
    [onAnswer],
  );
  useEffect(() => {
    if (kept === undefined) return;
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const check = async (): Promise<void> => {
      try {
        await start(kept);
      } catch (thrown) {
        if (gone) return;
        const error = toApiError(thrown);
        const afterMs = keptKeyRetryMs(error);
        if (afterMs !== undefined) {
          timer = setTimeout(() => void check(), afterMs);
          return;
        }
        setLost(error);
      }
      if (!gone) setChecking(false);
    };
    void check();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [kept, start]);

  const signIn = useCallback(
    async (credentials: Credentials, keep: boolean): Promise<void> => {
      await start(credentials);
      keepKey(keep ? credentials : undefined);
    },
    [start],
  );
  const session = useMemo(() => {
    if (current === undefined) return undefined;
    const signOut = (): void => {
      keepKey(undefined);
      inUse.current = undefined;
      setLost(undefined);
      setCurrent(undefined);
    };
    return { ...current, signOut };
  }, [current]);
  return { session, lost, checking, region: current?.region ?? kept?.region ?? DEFAULT_REGION, signIn };
}
