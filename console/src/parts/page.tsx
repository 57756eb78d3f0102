/** What a page says to the shell: its title and its breadcrumbs. */
import { createContext, useContext, useEffect } from 'react';

/** One step of the way to a page. */
export interface Breadcrumb {
  readonly text: string;
  readonly href: string;
}

interface PageHead {
  readonly title: string;
  readonly breadcrumbs: readonly Breadcrumb[];
}

/** Given by the shell. */
export const PageContext = createContext<(breadcrumbs: readonly Breadcrumb[]) => void>(() => {});

/** Sets the title of the window and the breadcrumbs. The console's own first breadcrumb stands before them. */
export function usePage({ title, breadcrumbs }: PageHead): void {
  const setBreadcrumbs = useContext(PageContext);
  const key = JSON.stringify(breadcrumbs);
  useEffect(() => {
    document.title = `${title} | Traffic Mirroring`;
    setBreadcrumbs(JSON.parse(key) as Breadcrumb[]);
  }, [title, key, setBreadcrumbs]);
}
