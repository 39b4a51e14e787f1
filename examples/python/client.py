"""A client of both APIs, with requests. It takes its URLs and credentials from the
environment, as `eval "$(twinbill env)"` sets them, and ends with an error where an
answer is not the expected one.
"""

import os
import random

import requests

RIPPLE = os.environ["RIPPLE_BASE_URL"]
CLOUDHEALTH = os.environ["CLOUDHEALTH_BASE_URL"]
TIMEOUT = 10  # seconds


def answered(response, status):
    """Returns the answer's JSON, or None where it has no body."""
    if response.status_code != status:
        request = response.request
        clause = response.headers.get("Twinbill-Clause", "no clause")
        raise SystemExit(
            f"{request.method} {request.path_url}: status {response.status_code}, "
            f"want {status} ({clause}): {response.text}"
        )
    return response.json() if response.content else None


def expect(true, what):
    if not true:
        raise SystemExit("unexpected: " + what)


def ripple():
    token = answered(
        requests.post(
            os.environ["RIPPLE_TOKEN_URL"],
            data={
                "grant_type": "client_credentials",
                "client_id": os.environ["RIPPLE_CLIENT_ID"],
                "client_secret": os.environ["RIPPLE_CLIENT_SECRET"],
                "scope": "openid",
            },
            timeout=TIMEOUT,
        ),
        200,
    )
    session = requests.Session()
    session.headers["Authorization"] = f"{token['token_type']} {token['access_token']}"

    name = f"example-python-{random.randrange(10**9)}"
    group = answered(
        session.post(
            RIPPLE + "/billinggroup",
            json={
                "billinggroup_id": name,
                "billinggroup_name": name,
                "company_name": "Example company",
                "inv_aggregate": False,
            },
            timeout=TIMEOUT,
        ),
        200,
    )
    customer = f"{random.randrange(10**12):012}"
    account = {
        "vendor": "aws",
        "customer_id": customer,
        "account_id": "919999618919",
        "company_id": group["company_id"],
        "name": "Example customer",
        "note": None,
    }
    answered(session.post(RIPPLE + "/accts", json=account, timeout=TIMEOUT), 200)

    accounts = answered(session.get(RIPPLE + "/accts", params={"vendor": "aws"}, timeout=TIMEOUT), 200)
    found = [a for a in accounts if a["customer_id"] == customer]
    expect(len(found) == 1, f"{customer} is listed {len(found)} times")
    expect(found[0]["customer_name"] == "Example customer", f"{found[0]}")
    print("account", customer, "reads back in the billing group", name)

    # The same account again is refused, and the answer says which promise that keeps.
    refused = session.post(RIPPLE + "/accts", json=account, timeout=TIMEOUT)
    error = answered(refused, 400)
    expect(error["code"] == "5005", f"{error}")
    print("refused:", error["description"], "|", refused.headers["Twinbill-Clause"])

    answered(session.delete(f"{RIPPLE}/accts/aws/{customer}%7C{account['account_id']}", timeout=TIMEOUT), 200)
    answered(session.delete(f"{RIPPLE}/billinggroup/{group['company_id']}", timeout=TIMEOUT), 200)


def cloudhealth():
    session = requests.Session()
    session.headers["Authorization"] = "Bearer " + os.environ["CLOUDHEALTH_API_KEY"]
    assignments = CLOUDHEALTH + "/v1/aws_account_assignments"

    created = set()
    for owner in ("000000000001", "000000000002", "000000000003"):
        assignment = answered(
            session.post(
                assignments,
                json={"owner_id": owner, "customer_id": 1, "payer_account_owner_id": owner},
                timeout=TIMEOUT,
            ),
            200,
        )
        created.add(assignment["id"])

    # Two a page: the second page is where Link says the next one is.
    listed, pages, url = set(), 0, assignments + "?per_page=2"
    while url:
        page = session.get(url, timeout=TIMEOUT)
        listed |= {a["id"] for a in answered(page, 200)["aws_account_assignments"]}
        url, pages = page.links.get("next", {}).get("url"), pages + 1
    expect(listed == created, f"created {created}, listed {listed}")
    expect(pages == 2, f"{pages} pages")
    print(len(listed), "assignments on", pages, "pages")

    refused = session.post(
        assignments,
        json={"owner_id": "000000000001", "customer_id": 1, "payer_account_owner_id": "000000000001"},
        timeout=TIMEOUT,
    )
    answered(refused, 422)
    print("refused:", refused.json()["errors"][0], "|", refused.headers["Twinbill-Clause"])

    for number in created:
        answered(session.delete(f"{assignments}/{number}", timeout=TIMEOUT), 204)


ripple()
cloudhealth()
