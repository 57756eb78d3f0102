/** The page Hosts. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function Hosts() {
  usePage({ title: 'Hosts', breadcrumbs: [] });
  return <Header variant="h1">Hosts</Header>;
}
