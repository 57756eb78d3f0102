/** The page Filter create. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function FilterCreate() {
  usePage({ title: 'Filter create', breadcrumbs: [] });
  return <Header variant="h1">Filter create</Header>;
}
