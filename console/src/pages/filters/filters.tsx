/** The page Filters. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function Filters() {
  usePage({ title: 'Filters', breadcrumbs: [] });
  return <Header variant="h1">Filters</Header>;
}
