/** Modify network services. */
import { callEc2 } from '../../aws/ec2.js';
import type { Filter } from '../../model/filter.js';
import { KINDS } from '../../model/kinds.js';
import { CheckboxField } from '../../parts/fields.js';
import { FlashLink, useFlash } from '../../parts/flash.js';
import { FormPage, FormSection } from '../../parts/form-page.js';
import { useNavigate, useRoute } from '../../parts/router.js';
import { useSession } from '../../parts/session.js';
import { useForm } from '../../parts/use-form.js';
import { filterBreadcrumbs } from './breadcrumbs.js';
import { WithFilter } from './with-filter.js';

const TITLE = 'Modify network services';
const AMAZON_DNS = 'amazon-dns';

/** The page. Its route has the parameter `id`. */
export function FilterServices() {
  const { id = '' } = useRoute().params;
  return (
    <WithFilter id={id} title={TITLE}>
      {(filter) => <ServicesForm filter={filter} />}
    </WithFilter>
  );
}

function ServicesForm({ filter }: { readonly filter: Filter }) {
  const { client } = useSession();
  const flash = useFlash();
  const navigate = useNavigate();
  const id = filter.trafficMirrorFilterId;
  const href = KINDS.filter.hrefOf(id);
  const form = useForm<{ networkService: boolean }>({
    initial: { networkService: filter.networkServices.includes(AMAZON_DNS) },
    validate: () => ({}),
    send: async ({ networkService }) => {
      if (networkService !== filter.networkServices.includes(AMAZON_DNS)) {
        const change = networkService ? 'AddNetworkService' : 'RemoveNetworkService';
        await callEc2(client, 'ModifyTrafficMirrorFilterNetworkServices', {
          TrafficMirrorFilterId: id,
          [change]: [AMAZON_DNS],
        });
        flash.success(
          <>
            Modified network services of <FlashLink href={href}>{id}</FlashLink>
          </>,
        );
      }
      navigate(href, true);
    },
  });
  return (
    <FormPage
      title={TITLE}
      description={id}
      breadcrumbs={filterBreadcrumbs(id, { text: TITLE, href: `${href}/network-services` })}
      form={form}
      submitLabel="Modify"
      cancelHref={href}
    >
      <FormSection
        title="Network services"
        description="All DNS traffic then goes to the target, in both directions, whatever the rules say."
      >
        <CheckboxField label={AMAZON_DNS} {...form.bind('networkService')} />
      </FormSection>
    </FormPage>
  );
}
