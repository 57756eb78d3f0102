/** The page Rule add. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function RuleAdd() {
  usePage({ title: 'Rule add', breadcrumbs: [] });
  return <Header variant="h1">Rule add</Header>;
}
