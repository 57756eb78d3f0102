/** The page Filter tags. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function FilterTags() {
  usePage({ title: 'Filter tags', breadcrumbs: [] });
  return <Header variant="h1">Filter tags</Header>;
}
