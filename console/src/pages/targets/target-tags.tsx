/** The page Target tags. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function TargetTags() {
  usePage({ title: 'Target tags', breadcrumbs: [] });
  return <Header variant="h1">Target tags</Header>;
}
