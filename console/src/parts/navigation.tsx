/** The navigation at the top and at the side. */
import SideNavigation, { type SideNavigationProps } from '@cloudscape-design/components/side-navigation';
import TopNavigation from '@cloudscape-design/components/top-navigation';
import { nameOf } from '../aws/sts.js';
import { useLeave, useNavigate } from './router.js';
import { useSession } from './session.js';
import type { Theme } from './theme.js';

const ITEMS: readonly SideNavigationProps.Item[] = [
  { type: 'link', text: 'Overview', href: '#/' },
  {
    type: 'section',
    text: 'Traffic Mirroring',
    items: [
      { type: 'link', text: 'Mirror sessions', href: '#/mirror-sessions' },
      { type: 'link', text: 'Mirror targets', href: '#/mirror-targets' },
      { type: 'link', text: 'Mirror filters', href: '#/mirror-filters' },
    ],
  },
  {
    type: 'section',
    text: 'Shared by me',
    items: [{ type: 'link', text: 'Resource shares', href: '#/shares' }],
  },
  {
    type: 'section',
    text: 'Shared with me',
    items: [{ type: 'link', text: 'Resource shares', href: '#/invitations' }],
  },
  { type: 'divider' },
  { type: 'link', text: 'Metrics', href: '#/metrics' },
  { type: 'link', text: 'Try a packet', href: '#/packet' },
];

/** The pages. */
export function Navigation({ activeHref }: { readonly activeHref: string }) {
  const navigate = useNavigate();
  return (
    <SideNavigation
      header={{ text: 'Traffic Mirroring', href: '#/' }}
      items={ITEMS}
      activeHref={activeHref}
      onFollow={(event) => {
        event.preventDefault();
        navigate(event.detail.href);
      }}
    />
  );
}

interface TopBarProps {
  readonly theme: Theme;
  readonly onTheme: (theme: Theme) => void;
}

/** Product, region, theme, and who is signed in. */
export function TopBar({ theme, onTheme }: TopBarProps) {
  const { identity, region, signOut } = useSession();
  const leave = useLeave();
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <TopNavigation
      identity={{ href: '#/', title: 'Traffic Mirroring' }}
      utilities={[
        {
          type: 'menu-dropdown',
          text: `Region: ${region}`,
          items: [{ id: region, text: region, itemType: 'checkbox', checked: true }],
        },
        {
          type: 'button',
          text: other === 'dark' ? 'Dark theme' : 'Light theme',
          onClick: () => onTheme(other),
        },
        {
          type: 'menu-dropdown',
          text: nameOf(identity),
          description: identity.arn,
          iconName: 'user-profile',
          items: [
            { id: 'account', text: `Account ${identity.account}`, disabled: true },
            { id: 'sign-out', text: 'Sign out' },
          ],
          onItemClick: ({ detail }) => {
            if (detail.id === 'sign-out') leave(signOut);
          },
        },
      ]}
    />
  );
}
