/** The page Overview. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function Overview() {
  usePage({ title: 'Overview', breadcrumbs: [] });
  return <Header variant="h1">Overview</Header>;
}
