/** The page Filter details. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function FilterDetails() {
  usePage({ title: 'Filter details', breadcrumbs: [] });
  return <Header variant="h1">Filter details</Header>;
}
