/** Who is signed in: the client of the page, and what signs it out. */
import { createContext, useContext } from 'react';
import type { Client } from '../aws/client.js';
import type { Identity } from '../aws/sts.js';

/** The signed-in caller. */
export interface SignedIn {
  readonly client: Client;
  readonly identity: Identity;
  readonly region: string;
  readonly signOut: () => void;
}

/** Given by the shell. */
export const SessionContext = createContext<SignedIn | undefined>(undefined);

/** The signed-in caller. Only below the shell, which shows no page without one. */
export function useSession(): SignedIn {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('Nobody is signed in.');
  return session;
}
