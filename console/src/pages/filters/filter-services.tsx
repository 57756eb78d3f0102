/** The page Filter services. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function FilterServices() {
  usePage({ title: 'Filter services', breadcrumbs: [] });
  return <Header variant="h1">Filter services</Header>;
}
