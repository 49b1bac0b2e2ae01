"""Roles that would let too much through, or too little."""

from typing import Final

from tests.template import role_checks as checks
from tests.template import trust_checks
from tests.template.breakage import Breakage, add, both, drop, of, put, swap


def _statements(role: str) -> str:
    return of(role, "Policies>0>PolicyDocument>Statement")


def _trust(role: str) -> str:
    return of(role, "AssumeRolePolicyDocument>Statement>0")


_TENANT: Final = _statements("TenantRole")
_PLATFORM: Final = _statements("PlatformDataRole")
_TRUST: Final = f"{_trust('TenantRole')}>Condition"
_PLATFORM_TRUST: Final = f"{_trust('PlatformDataRole')}>Condition"
_REVOCATIONS: Final = f"{_statements('StreamRole')}>Revocations"
_TABLES: Final = (
    "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${AWS::StackName}-"
)
_IAM: Final = "arn:${AWS::Partition}:iam::${AWS::AccountId}"
_OPERATORS: Final = f"{_trust('TenantRole')}>Principal>AWS>3>Fn::If"
_ROLES: Final = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${AWS::StackName}-"
_DATA_ITEMS: Final = {
    "Effect": "Allow",
    "Action": "dynamodb:GetItem",
    "Resource": {"Fn::GetAtt": ["DataTable", "Arn"]},
}
_IMAGES: Final = "${ImagesBucket.Arn}/${!aws:PrincipalTag/TenantId}"
_PUT_IMAGES: Final = {
    "Effect": "Allow",
    "Action": "s3:PutObject",
    "Resource": {"Fn::Sub": "${ImagesBucket.Arn}/acme/*"},
}
_LIKE: Final = "ForAllValues:StringLike"
_BOUND_STATEMENTS: Final = ("Items", "ConditionChecks", "Indexes")

BREAKAGES: Final = (
    *(
        Breakage(
            checks.execution_roles_have_no_data,
            f"{role} reads the data table",
            add(_statements(role), _DATA_ITEMS),
        )
        for role in checks.EXECUTION_ROLES
    ),
    Breakage(
        checks.execution_roles_have_no_data,
        "the right to routing records covers every table",
        put(f"{_statements('GraphqlRole')}>RoutingRecords>Resource", {"Fn::Sub": f"{_TABLES}*"}),
    ),
    Breakage(
        checks.images_are_put_under_the_tenants_prefix,
        "every prefix",
        put(f"{_TENANT}>Images>Resource", {"Fn::Sub": "${ImagesBucket.Arn}/*"}),
    ),
    Breakage(
        checks.images_are_put_under_the_tenants_prefix,
        "a prefix without its end",
        put(f"{_TENANT}>Images>Resource", {"Fn::Sub": f"{_IMAGES}*"}),
    ),
    Breakage(
        checks.images_are_put_under_the_tenants_prefix,
        "reading",
        add(f"{_TENANT}>Images>Action", "s3:GetObject"),
    ),
    Breakage(
        checks.images_are_put_under_the_tenants_prefix,
        "the endpoint's own role puts them",
        add(_statements("GraphqlRole"), _PUT_IMAGES),
    ),
    Breakage(checks.no_wildcards, "every action", put(f"{_TENANT}>Items>Action", "dynamodb:*")),
    Breakage(
        checks.no_wildcards, "some actions", add(f"{_TENANT}>Items>Action", "dynamodb:Batch*")
    ),
    Breakage(
        checks.no_wildcards,
        "every index",
        add(f"{_TENANT}>Indexes>Resource", {"Fn::Sub": "${DataTable.Arn}/index/*"}),
    ),
    Breakage(
        checks.no_wildcards,
        "every queue",
        put(f"{_statements('StreamRole')}>DeadLetters>Resource", "*"),
    ),
    Breakage(
        checks.no_wildcards,
        "a managed policy",
        put(of("GraphqlRole", "ManagedPolicyArns"), ["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
    ),
    Breakage(
        checks.no_wildcards,
        "anybody is trusted",
        put(f"{_trust('TenantRole')}>Principal", {"AWS": "*"}),
    ),
    Breakage(
        checks.no_wildcards,
        "all actions but one",
        both(put(f"{_TENANT}>Items>NotAction", "dynamodb:Scan"), drop(f"{_TENANT}>Items>Action")),
    ),
    *(
        Breakage(
            checks.tenant_statements_are_bound,
            f"{sid} without the Null test",
            drop(f"{_TENANT}>{sid}>Condition>Null"),
        )
        for sid in _BOUND_STATEMENTS
    ),
    *(
        Breakage(
            checks.tenant_statements_are_bound,
            f"{sid} without the delimiter",
            swap(
                f"{_TENANT}>{sid}>Condition>{_LIKE}>dynamodb:LeadingKeys",
                "TenantId}#*",
                "TenantId}*",
            ),
        )
        for sid in _BOUND_STATEMENTS
    ),
    Breakage(
        checks.tenant_statements_are_bound,
        "a statement more, without a condition",
        add(_TENANT, _DATA_ITEMS),
    ),
    Breakage(
        checks.tenant_role_names_its_indexes,
        "the platform index",
        add(f"{_TENANT}>Indexes>Resource", {"Fn::Sub": f"{_TABLES}data-*-??/index/platform"}),
    ),
    Breakage(
        checks.tenant_role_names_its_indexes,
        "a table pattern that matches index names too",
        put(f"{_TENANT}>Items>Resource", {"Fn::Sub": f"{_TABLES}data-*"}),
    ),
    Breakage(
        checks.tenant_role_names_its_indexes,
        "an index less",
        drop(f"{_TENANT}>Indexes>Resource>2"),
    ),
    *(
        Breakage(
            checks.tenant_role_names_its_indexes,
            f"may {action}",
            add(f"{_TENANT}>Items>Action", f"dynamodb:{action}"),
        )
        for action in ("Scan", "PartiQLSelect")
    ),
    Breakage(
        checks.tenant_role_covers_session_policies,
        "one action less",
        drop(f"{_TENANT}>Items>Action>0"),
    ),
    Breakage(
        checks.tenant_role_covers_session_policies,
        "no condition checks",
        drop(f"{_TENANT}>ConditionChecks"),
    ),
    Breakage(
        checks.tenant_role_covers_session_policies,
        "the tables of every stack",
        swap(f"{_TENANT}>Items>Resource>Fn::Sub", "${AWS::StackName}", "*"),
    ),
    *(
        Breakage(
            checks.control_table_is_read_by_key,
            f"{role} queries",
            add(f"{_statements(role)}>RoutingRecords>Action", "dynamodb:Query"),
        )
        for role in ("GraphqlRole", "AuthorizerRole")
    ),
    Breakage(
        checks.control_table_is_read_by_key,
        "no routing records",
        drop(f"{_statements('GraphqlRole')}>RoutingRecords"),
    ),
    Breakage(
        checks.control_table_is_read_by_key,
        "the stream function deletes",
        add(f"{_REVOCATIONS}>Action", "dynamodb:DeleteItem"),
    ),
    Breakage(
        checks.stream_function_writes_revocations_alone,
        "any record",
        drop(f"{_REVOCATIONS}>Condition"),
    ),
    Breakage(
        checks.stream_function_writes_revocations_alone,
        "a request without leading keys",
        drop(f"{_REVOCATIONS}>Condition>Null"),
    ),
    Breakage(
        checks.stream_function_writes_revocations_alone,
        "routing records too",
        add(f"{_REVOCATIONS}>Condition>{_LIKE}>dynamodb:LeadingKeys", "TENANT#*"),
    ),
    Breakage(
        checks.stream_function_writes_revocations_alone,
        "no revocations",
        drop(_REVOCATIONS),
    ),
    Breakage(
        checks.platform_data_is_read_across_tenants,
        "deletes",
        add(f"{_PLATFORM}>Items>Action", "dynamodb:DeleteItem"),
    ),
    Breakage(
        checks.platform_data_is_read_across_tenants,
        "not the platform index",
        drop(f"{_PLATFORM}>Indexes>Resource>1"),
    ),
    Breakage(
        checks.platform_writes_for_its_tenant_alone,
        "puts any item",
        add(f"{_PLATFORM}>Items>Action", "dynamodb:PutItem"),
    ),
    Breakage(
        checks.platform_writes_for_its_tenant_alone,
        "updates items",
        add(f"{_PLATFORM}>NewTenant>Action", "dynamodb:UpdateItem"),
    ),
    Breakage(
        checks.platform_writes_for_its_tenant_alone,
        "NewTenant without the delimiter",
        swap(
            f"{_PLATFORM}>NewTenant>Condition>{_LIKE}>dynamodb:LeadingKeys",
            "TenantId}#*",
            "TenantId}*",
        ),
    ),
    Breakage(
        checks.platform_writes_for_its_tenant_alone,
        "the routing records of every tenant",
        add(f"{_PLATFORM}>NewTenantRecords>Condition>{_LIKE}>dynamodb:LeadingKeys", "TENANT#*"),
    ),
    Breakage(
        checks.platform_writes_for_its_tenant_alone,
        "records without a tag",
        drop(f"{_PLATFORM}>NewTenantRecords>Condition>Null>aws:PrincipalTag/TenantId"),
    ),
    *(
        Breakage(
            checks.platform_writes_for_its_tenant_alone,
            f"{sid} without leading keys",
            drop(f"{_PLATFORM}>{sid}>Condition>Null>dynamodb:LeadingKeys"),
        )
        for sid in ("NewTenant", "NewTenantRecords")
    ),
    Breakage(
        checks.platform_writes_for_its_tenant_alone,
        "no new tenants",
        drop(f"{_PLATFORM}>NewTenant"),
    ),
    Breakage(
        trust_checks.roles_trust_only_who_needs_them,
        "the authorizer may act for a tenant",
        add(f"{_trust('TenantRole')}>Principal>AWS", {"Fn::GetAtt": ["AuthorizerRole", "Arn"]}),
    ),
    Breakage(
        trust_checks.roles_trust_only_who_needs_them,
        "the tenants' endpoint may act for the platform",
        add(f"{_trust('PlatformDataRole')}>Principal>AWS", {"Fn::GetAtt": ["GraphqlRole", "Arn"]}),
    ),
    Breakage(
        trust_checks.roles_trust_only_who_needs_them,
        "no session tags",
        put(f"{_trust('TenantRole')}>Action", "sts:AssumeRole"),
    ),
    Breakage(
        trust_checks.operators_act_for_one_tenant_at_a_time,
        "operators by ARN",
        put("Parameters>OperatorRole>AllowedPattern", "^(arn:.+)?$"),
    ),
    Breakage(
        trust_checks.operators_act_for_one_tenant_at_a_time,
        "operators by a pattern",
        swap("Parameters>OperatorRole>AllowedPattern", "_+=", "_*+="),
    ),
    Breakage(
        trust_checks.operators_act_for_one_tenant_at_a_time,
        "every role whose name begins so",
        put(f"{_OPERATORS}>1>Fn::Sub", f"{_IAM}:role/${{OperatorRole}}*"),
    ),
    Breakage(
        trust_checks.operators_act_for_one_tenant_at_a_time,
        "the whole account",
        put(f"{_OPERATORS}>1>Fn::Sub", f"{_IAM}:root"),
    ),
    Breakage(
        trust_checks.operators_act_for_one_tenant_at_a_time,
        "operators without a condition",
        add(
            of("TenantRole", "AssumeRolePolicyDocument>Statement"),
            {
                "Effect": "Allow",
                "Principal": {"AWS": {"Fn::Sub": f"{_IAM}:role/${{OperatorRole}}"}},
                "Action": ["sts:AssumeRole", "sts:TagSession"],
            },
        ),
    ),
    Breakage(
        trust_checks.operators_act_for_one_tenant_at_a_time,
        "the platform's role trusts operators",
        add(
            f"{_trust('PlatformDataRole')}>Principal>AWS",
            {"Fn::If": ["HasOperatorRole", {"Fn::Sub": f"{_IAM}:role/x"}, {"Ref": "AWS::NoValue"}]},
        ),
    ),
    Breakage(
        trust_checks.operators_act_for_one_tenant_at_a_time,
        "operators without being asked for",
        put(f"{_trust('TenantRole')}>Principal>AWS>3", {"Fn::Sub": f"{_IAM}:role/ops/on-call"}),
    ),
    Breakage(
        trust_checks.who_is_trusted_may_assume,
        "the tenants' endpoint may ask for every role of the stack",
        put(f"{_statements('GraphqlRole')}>TenantCredentials>Resource", {"Fn::Sub": f"{_ROLES}*"}),
    ),
    Breakage(
        trust_checks.who_is_trusted_may_assume,
        "the platform's endpoint may not tag its session",
        put(f"{_statements('PlatformRole')}>PlatformCredentials>Action", "sts:AssumeRole"),
    ),
    Breakage(
        trust_checks.who_is_trusted_may_assume,
        "the stream function asks for another role",
        swap(
            f"{_statements('StreamRole')}>TenantCredentials>Resource>Fn::Sub",
            "-tenant-",
            "-tenants-",
        ),
    ),
    Breakage(
        trust_checks.sessions_need_a_tenant_of_the_right_form,
        "a session needs no tag",
        both(drop(f"{_TRUST}>Null"), drop(f"{_TRUST}>StringLike")),
    ),
    Breakage(
        trust_checks.sessions_need_a_tenant_of_the_right_form,
        "a tag of any length",
        put(f"{_TRUST}>StringLike>aws:RequestTag/TenantId", "*"),
    ),
    Breakage(
        trust_checks.sessions_need_a_tenant_of_the_right_form,
        "a session of the platform needs a tag",
        put(f"{_PLATFORM_TRUST}>Null", {"aws:RequestTag/TenantId": "false"}),
    ),
    Breakage(
        trust_checks.sessions_need_a_tenant_of_the_right_form,
        "a session of the platform with a tag of any length",
        drop(f"{_PLATFORM_TRUST}>StringLikeIfExists"),
    ),
    *(
        Breakage(
            trust_checks.sessions_need_a_tenant_of_the_right_form,
            f"refused pattern {number} of {role} is missing",
            drop(f"{_trust(role)}>Condition>StringNotLike>aws:RequestTag/TenantId>{number}"),
        )
        for role in checks.ASSUMED_ROLES
        for number in range(15)
    ),
    *(
        Breakage(
            trust_checks.sessions_need_a_tenant_of_the_right_form,
            f"another tag comes along with {role}",
            drop(f"{_trust(role)}>Condition>ForAllValues:StringEquals"),
        )
        for role in checks.ASSUMED_ROLES
    ),
    Breakage(
        checks.logs_are_named,
        "every log group of the stack",
        swap(f"{_statements('GraphqlRole')}>Logs>Resource>Fn::Sub", "/graphql:", "/*:"),
    ),
    Breakage(
        checks.keys_are_used_through_dynamodb,
        "any use of the key",
        drop(f"{_TENANT}>3>Fn::If>1>Condition"),
    ),
    Breakage(
        checks.keys_are_used_through_dynamodb,
        "the stream cannot be decrypted",
        drop(f"{_statements('StreamRole')}>5"),
    ),
    Breakage(
        checks.keys_are_used_through_dynamodb,
        "a statement on a key that there is not",
        put("Conditions>HasKmsKey", {"Fn::Not": [{"Fn::Equals": [{"Ref": "KmsKeyArn"}, "none"]}]}),
    ),
)
