/** The page Shares. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function Shares() {
  usePage({ title: 'Shares', breadcrumbs: [] });
  return <Header variant="h1">Shares</Header>;
}
