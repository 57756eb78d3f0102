/** The page Metrics. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function Metrics() {
  usePage({ title: 'Metrics', breadcrumbs: [] });
  return <Header variant="h1">Metrics</Header>;
}
