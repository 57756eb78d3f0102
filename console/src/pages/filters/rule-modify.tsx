/** Modify an inbound or outbound rule. */
import { callEc2 } from '../../aws/ec2.js';
import { fieldOf } from '../../forms/error-fields.js';
import { ruleFieldOf } from '../../forms/filter-creation.js';
import { ruleChanges } from '../../forms/rule-changes.js';
import { fieldsOfRule, type RuleFields } from '../../forms/rule-fields.js';
import { ruleProblems, takenNumberProblem } from '../../forms/rule-problems.js';
import { type Filter, rulesIn } from '../../model/filter.js';
import { KINDS } from '../../model/kinds.js';
import { DIRECTION_WORDS, type Rule } from '../../model/rule.js';
import { DetailsPage } from '../../parts/details.js';
import { FlashLink, useFlash } from '../../parts/flash.js';
import { FormPage } from '../../parts/form-page.js';
import { useNavigate, useRoute } from '../../parts/router.js';
import { useSession } from '../../parts/session.js';
import { type Form, useForm } from '../../parts/use-form.js';
import { filterBreadcrumbs } from './breadcrumbs.js';
import { RuleSection } from './rule-section.js';
import { rulesTabHref } from './rules-tab-href.js';
import { WithFilter } from './with-filter.js';

const TITLE = 'Modify rule';

/** The page. Its route has the parameters `id` and `ruleId`. */
export function RuleModify() {
  const { id = '', ruleId = '' } = useRoute().params;
  return (
    <WithFilter id={id} title={TITLE}>
      {(filter) => {
        const rules = [...filter.ingressFilterRules, ...filter.egressFilterRules];
        const rule = rules.find((one) => one.trafficMirrorFilterRuleId === ruleId);
        return rule === undefined ? (
          <NoRule filterId={id} ruleId={ruleId} />
        ) : (
          <RuleModifyForm filter={filter} rule={rule} />
        );
      }}
    </WithFilter>
  );
}

interface RuleModifyFormProps {
  readonly filter: Filter;
  readonly rule: Rule;
}

function RuleModifyForm({ filter, rule }: RuleModifyFormProps) {
  const { client } = useSession();
  const flash = useFlash();
  const navigate = useNavigate();
  const filterId = filter.trafficMirrorFilterId;
  const ruleId = rule.trafficMirrorFilterRuleId;
  const direction = rule.trafficDirection;
  const { lower, adjective } = DIRECTION_WORDS[direction];
  const title = `Modify ${lower} rule`;
  const back = rulesTabHref(filterId, direction);
  const others = rulesIn(filter, direction).filter((one) => one !== rule);
  const form: Form<RuleFields> = useForm<RuleFields>({
    initial: fieldsOfRule(rule),
    validate: (values) => {
      const problems = ruleProblems(values);
      const holder = others.find(({ ruleNumber }) => ruleNumber === Number(values.ruleNumber));
      const taken =
        holder && takenNumberProblem(values.ruleNumber, direction, holder.trafficMirrorFilterRuleId);
      return { ...problems, ruleNumber: problems.ruleNumber ?? taken };
    },
    send: async (values) => {
      const changes = ruleChanges(rule, values);
      if (changes !== undefined) {
        const TrafficMirrorFilterRuleId = ruleId;
        await callEc2(client, 'ModifyTrafficMirrorFilterRule', { TrafficMirrorFilterRuleId, ...changes });
        flash.success(
          <>
            Modified {lower} rule {Number(values.ruleNumber)} of <FlashLink href={back}>{filterId}</FlashLink>
          </>,
        );
      }
      navigate(back, true);
    },
    fieldOf: (error) => {
      const field = fieldOf(error);
      return field && ruleFieldOf(field, form.values.protocol === 'custom');
    },
  });
  const href = `${KINDS.filter.hrefOf(filterId)}/rules/${encodeURIComponent(ruleId)}/modify`;
  return (
    <FormPage
      title={title}
      description={ruleId}
      breadcrumbs={filterBreadcrumbs(filterId, { text: title, href })}
      form={form}
      submitLabel="Modify rule"
      cancelHref={back}
    >
      <RuleSection form={form} title={`${adjective} rule`} />
    </FormPage>
  );
}

function NoRule({ filterId, ruleId }: { readonly filterId: string; readonly ruleId: string }) {
  return (
    <DetailsPage
      title={ruleId}
      one="rule"
      listHref={KINDS.filter.hrefOf(filterId)}
      breadcrumbs={filterBreadcrumbs(filterId)}
      item={undefined}
      loading={false}
      error={undefined}
    >
      {() => null}
    </DetailsPage>
  );
}
