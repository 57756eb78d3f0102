/** The router: the page follows the hash, and a page with changes is not left without a question. */
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { Dialog } from './dialog.js';
import { type Location, parseHash, type RouteParams } from './route-match.js';

interface Router {
  readonly location: Location;
  /** Goes to a hash such as `#/mirror-sessions`. @param force leaves a page with changes without a question */
  readonly navigate: (href: string, force?: boolean) => void;
  /** Does what leaves the page; when the page has changes, not before the question is answered. */
  readonly leave: (then: () => void) => void;
  readonly setGuard: (guard: object, active: boolean) => void;
}

const RouterContext = createContext<Router | undefined>(undefined);
const ParamsContext = createContext<RouteParams>({});

/** Gives the page the location that the hash names. */
export function RouterProvider({ children }: { readonly children: ReactNode }) {
  const [hash, setHash] = useState(() => window.location.hash);
  const [asked, setAsked] = useState<() => void>();
  const guards = useRef(new Set<object>());
  const shown = useRef(hash);

  const show = useCallback((next: string) => {
    shown.current = next;
    setHash(next);
  }, []);

  const go = useCallback(
    (href: string) => {
      guards.current.clear();
      if (window.location.hash !== href) window.history.pushState(null, '', href);
      show(href);
    },
    [show],
  );
  const leave = useCallback((then: () => void) => {
    if (guards.current.size === 0) then();
    else setAsked(() => then);
  }, []);
  const navigate = useCallback(
    (href: string, force = false) => {
      if (force) go(href);
      else leave(() => go(href));
    },
    [go, leave],
  );

  useEffect(() => {
    const onHashChange = (): void => {
      const next = window.location.hash;
      if (next === shown.current) return;
      if (guards.current.size === 0) {
        show(next);
      } else {
        window.history.pushState(null, '', shown.current || '#/');
        // The address without a hash is the overview.
        leave(() => go(next || '#/'));
      }
    };
    const onUnload = (event: BeforeUnloadEvent): void => {
      if (guards.current.size > 0) event.preventDefault();
    };
    window.addEventListener('hashchange', onHashChange);
    window.addEventListener('popstate', onHashChange);
    window.addEventListener('beforeunload', onUnload);
    return () => {
      window.removeEventListener('hashchange', onHashChange);
      window.removeEventListener('popstate', onHashChange);
      window.removeEventListener('beforeunload', onUnload);
    };
  }, [show, go, leave]);

  const setGuard = useCallback((guard: object, active: boolean) => {
    if (active) guards.current.add(guard);
    else guards.current.delete(guard);
  }, []);
  const router = useMemo(
    () => ({ location: parseHash(hash), navigate, leave, setGuard }),
    [hash, navigate, leave, setGuard],
  );
  const answer = (): void => {
    setAsked(undefined);
    asked?.();
  };
  return (
    <RouterContext value={router}>
      {children}
      <LeaveDialog visible={asked !== undefined} onLeave={answer} onStay={() => setAsked(undefined)} />
    </RouterContext>
  );
}

/** The parameters of the pattern that the page's route has. */
export function RouteParamsProvider({ params, children }: { params: RouteParams; children: ReactNode }) {
  return <ParamsContext value={params}>{children}</ParamsContext>;
}

/** Where the page is. `params` are those of the route's pattern. */
export function useRoute(): Location & { readonly params: RouteParams } {
  const { location } = useRouter();
  const params = useContext(ParamsContext);
  return { ...location, params };
}

/** Goes to a hash: `navigate('#/mirror-sessions')`. A second argument `true` asks no question about changes. */
export function useNavigate(): Router['navigate'] {
  return useRouter().navigate;
}

/** Does what leaves the page, such as a sign-out, after the same question that a navigation asks. */
export function useLeave(): Router['leave'] {
  return useRouter().leave;
}

/** Asks before the page is left, as long as `active` is true. */
export function useLeaveGuard(active: boolean): void {
  const { setGuard } = useRouter();
  const guard = useRef({});
  useEffect(() => {
    const own = guard.current;
    setGuard(own, active);
    return () => setGuard(own, false);
  }, [setGuard, active]);
}

function useRouter(): Router {
  const router = useContext(RouterContext);
  if (router === undefined) throw new Error('There is no RouterProvider.');
  return router;
}

interface LeaveDialogProps {
  readonly visible: boolean;
  readonly onLeave: () => void;
  readonly onStay: () => void;
}

function LeaveDialog({ visible, onLeave, onStay }: LeaveDialogProps) {
  const buttons = (
    <Box float="right">
      <SpaceBetween direction="horizontal" size="xs">
        <Button variant="link" onClick={onStay}>
          Stay
        </Button>
        <Button variant="primary" onClick={onLeave}>
          Leave
        </Button>
      </SpaceBetween>
    </Box>
  );
  return (
    <Dialog visible={visible} header="Leave page" onDismiss={onStay} footer={buttons}>
      The changes on this page are not saved. They are lost when you leave it.
    </Dialog>
  );
}
