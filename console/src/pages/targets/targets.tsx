/** The page Targets. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function Targets() {
  usePage({ title: 'Targets', breadcrumbs: [] });
  return <Header variant="h1">Targets</Header>;
}
