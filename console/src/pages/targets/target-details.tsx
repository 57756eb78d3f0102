/** The page Target details. */
import Header from '@cloudscape-design/components/header';
import { usePage } from '../../parts/page.js';

/** The page. */
export function TargetDetails() {
  usePage({ title: 'Target details', breadcrumbs: [] });
  return <Header variant="h1">Target details</Header>;
}
