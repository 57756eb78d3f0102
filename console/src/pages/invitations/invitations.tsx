/** The page Invitations. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function Invitations() {
  usePage({ title: 'Invitations', breadcrumbs: [] });
  return <Header variant="h1">Invitations</Header>;
}
