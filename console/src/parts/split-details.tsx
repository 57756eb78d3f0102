/** The split panel of the shell, which a page fills. */
import { createContext, type ReactNode, useContext, useEffect } from 'react';
import { createPortal } from 'react-dom';

interface SplitSlot {
  /** The element in the panel that takes the content. */
  readonly host: HTMLElement | null;
  /** Opens the panel with a heading; undefined takes it away. */
  readonly setHeader: (header: string | undefined) => void;
}

/** Given by the shell. */
export const SplitContext = createContext<SplitSlot>({ host: null, setHeader: () => {} });

interface SplitDetailsProps {
  readonly header: string;
  readonly children: ReactNode;
}

/** Shows its children in the split panel, as long as it is there. */
export function SplitDetails({ header, children }: SplitDetailsProps) {
  const { host, setHeader } = useContext(SplitContext);
  useEffect(() => {
    setHeader(header);
    return () => setHeader(undefined);
  }, [header, setHeader]);
  return host === null ? null : createPortal(children, host);
}
