/** Navigation, messages, breadcrumbs, split panel, and the page of the route. */
import AppLayout from '@cloudscape-design/components/app-layout';
import Box from '@cloudscape-design/components/box';
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import type { FlashbarProps } from '@cloudscape-design/components/flashbar';
import Link from '@cloudscape-design/components/link';
import SplitPanel from '@cloudscape-design/components/split-panel';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { type ComponentType, Suspense, useCallback, useMemo, useState } from 'react';
import { Flashes } from './flash.js';
import { Navigation, TopBar } from './navigation.js';
import { type Breadcrumb, PageContext } from './page.js';
import { PageBoundary } from './page-boundary.js';
import { matchPath } from './route-match.js';
import { RouteParamsProvider, useNavigate, useRoute } from './router.js';
import { SplitContext } from './split-details.js';
import type { Theme } from './theme.js';

interface ShellProps {
  readonly routes: readonly {
    readonly pattern: string;
    readonly section: string;
    readonly Page: ComponentType;
  }[];
  readonly theme: Theme;
  readonly onTheme: (theme: Theme) => void;
  /** Since when the server has not answered. */
  readonly unreachableSince: Date | undefined;
}

/** The shell around all pages. */
export function Shell({ routes, theme, onTheme, unreachableSince }: ShellProps) {
  const { path } = useRoute();
  const navigate = useNavigate();
  const [breadcrumbs, setBreadcrumbs] = useState<readonly Breadcrumb[]>([]);
  const [navigationOpen, setNavigationOpen] = useState(() => window.innerWidth > 900);
  const split = useSplit();
  const route = useMemo(() => matched(routes, path), [routes, path]);
  return (
    <>
      <div id="top">
        <TopBar theme={theme} onTheme={onTheme} />
      </div>
      <AppLayout
        headerSelector="#top"
        toolsHide
        maxContentWidth={Number.MAX_VALUE}
        navigation={<Navigation activeHref={route?.section ?? ''} />}
        navigationOpen={navigationOpen}
        onNavigationChange={({ detail }) => setNavigationOpen(detail.open)}
        ariaLabels={{ navigation: 'Side navigation drawer', notifications: 'Notifications' }}
        breadcrumbs={
          <BreadcrumbGroup
            items={[{ text: 'Traffic Mirroring', href: '#/' }, ...breadcrumbs]}
            onFollow={(event) => {
              event.preventDefault();
              navigate(event.detail.href);
            }}
          />
        }
        notifications={<Flashes first={unreachable(unreachableSince)} />}
        stickyNotifications
        splitPanelOpen={split.open}
        onSplitPanelToggle={({ detail }) => split.setOpen(detail.open)}
        splitPanelSize={split.size}
        onSplitPanelResize={({ detail }) => split.setSize(detail.size)}
        splitPanel={
          split.header !== undefined && (
            <SplitPanel header={split.header} hidePreferencesButton>
              <div ref={split.setHost} />
            </SplitPanel>
          )
        }
        content={
          <SplitContext value={split.slot}>
            <PageContext value={setBreadcrumbs}>
              <PageBoundary key={path}>
                <Suspense fallback={<StatusIndicator type="loading">Loading page</StatusIndicator>}>
                  {route === undefined ? (
                    <NoPage />
                  ) : (
                    <RouteParamsProvider params={route.params}>
                      <route.Page />
                    </RouteParamsProvider>
                  )}
                </Suspense>
              </PageBoundary>
            </PageContext>
          </SplitContext>
        }
      />
    </>
  );
}

/** The split panel: it opens for each new heading. */
function useSplit() {
  const [header, setShown] = useState<string>();
  const [open, setOpen] = useState(false);
  const [size, setSize] = useState(360);
  const [host, setHost] = useState<HTMLElement | null>(null);
  const setHeader = useCallback((next: string | undefined) => {
    setShown(next);
    setOpen(next !== undefined);
  }, []);
  const slot = useMemo(() => ({ host, setHeader }), [host, setHeader]);
  return { header, open, setOpen, size, setSize, setHost, slot };
}

function matched(routes: ShellProps['routes'], path: string) {
  for (const route of routes) {
    const params = matchPath(route.pattern, path);
    if (params !== undefined) return { ...route, params };
  }
  return undefined;
}

function NoPage() {
  return (
    <>
      <Box variant="h1">There is no such page</Box>
      <Link href="#/">Overview</Link>
    </>
  );
}

function unreachable(since: Date | undefined): FlashbarProps.MessageDefinition[] {
  if (since === undefined) return [];
  const time = since.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  const content = 'What is shown may be old. The console tries again every 5 seconds.';
  return [
    {
      id: 'unreachable',
      type: 'error',
      ariaRole: 'alert',
      header: `Cannot reach the server since ${time}`,
      content,
    },
  ];
}
