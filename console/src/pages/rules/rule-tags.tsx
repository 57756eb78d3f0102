/** The page Rule tags. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function RuleTags() {
  usePage({ title: 'Rule tags', breadcrumbs: [] });
  return <Header variant="h1">Rule tags</Header>;
}
