"""What the samples on the documentation's pages do, with requests and the partners' own
hosts: a token for fields sent in the query and as files, and JSON with a semicolon
after its type. Goes through the proxy that the environment names. Ends with an error
where an answer is not the expected one.
"""

import json
import os
import random

import requests

LOGIN = "https://login.alphaus.cloud/ripple/access_token"
RIPPLE = "https://api.alphaus.cloud/m/ripple"
CHAPI = "https://chapi.cloudhealthtech.com/v1/aws_account_assignments"
TIMEOUT = 10  # seconds


def check(response, status=200):
    print(response.request.method, response.url.split("?")[0], response.status_code)
    if response.status_code != status:
        raise SystemExit(f"want {status}: {response.text}")
    return response.json() if response.content else None


def get_token():
    params = {
        "grant_type": "client_credentials",
        "client_id": os.environ["RIPPLE_CLIENT_ID"],
        "client_secret": os.environ["RIPPLE_CLIENT_SECRET"],
        "scope": "openid",
    }
    r = check(requests.post(url=LOGIN, headers={}, params=params, files=params, timeout=TIMEOUT))
    return r["token_type"] + " " + r["access_token"]


def post(path, auth, body, status=200):
    headers = {"Content-Type": "application/json;", "Authorization": auth}
    return check(requests.post(url=RIPPLE + path, headers=headers, data=json.dumps(body), timeout=TIMEOUT), status)


def listed(path, auth, **query):
    return check(requests.get(url=RIPPLE + path, headers={"Authorization": auth}, params=query, timeout=TIMEOUT))


def one(rows, **has):
    found = [row for row in rows if all(row[key] == value for key, value in has.items())]
    if len(found) != 1:
        raise SystemExit(f"{len(found)} rows have {has}")
    return found[0]


def ripple():
    auth = get_token()
    number = random.randrange(10**12)

    name = f"pages-{number}"
    group = post(
        "/billinggroup",
        auth,
        {
            "display_cost": "true_unblended_cost",
            "billinggroup_id": name,
            "billinggroup_name": name,
            "company_name": name,
            "inv_aggregate": True,
            "exchange_rate_type": None,
            "phone": None,
            "personal": None,
            "postal": None,
            "address": None,
            "billing_title": None,
            "remarks": None,
        },
    )
    company = group["company_id"]
    one(listed("/billinggroup", auth), company_id=company, billinggroup_name=name)

    customer = f"{number:012}"
    account = {
        "vendor": "aws",
        "customer_id": customer,
        "account_id": "919999618919",
        "company_id": company,
        "name": "Pages customer",
        "note": None,
    }
    post("/accts", auth, account)
    one(listed("/accts", auth, vendor="aws"), customer_id=customer, customer_name="Pages customer")
    error = post("/accts", auth, account, status=400)
    if error["code"] != "5005":
        raise SystemExit(f"unexpected refusal: {error}")

    email = f"pages-{number}@example.com"
    post(
        "/reseller",
        auth,
        {
            "email": email,
            "company_id": company,
            "input_type": "Auto",
            "notification": False,
            "meta": {"usage_report_download": True, "invoice": False, "open_api": False, "aqua_link": False},
        },
    )
    reseller = one(listed("/reseller", auth), email=email)

    for path in (f"/reseller/{reseller['user_id']}", f"/accts/aws/{customer}%7C919999618919", f"/billinggroup/{company}"):
        check(requests.delete(url=RIPPLE + path, headers={"Authorization": auth}, timeout=TIMEOUT))


def cloudhealth():
    key = {"api_key": os.environ["CLOUDHEALTH_API_KEY"]}
    headers = {"Content-Type": "application/json"}
    assignment = {"owner_id": "000000000001", "customer_id": 1, "payer_account_owner_id": "000000000001"}
    created = requests.post(CHAPI, params=key, headers=headers, data=json.dumps(assignment), timeout=TIMEOUT)
    number = check(created)["id"]
    if created.headers["Location"] != f"{CHAPI}/{number}":
        raise SystemExit("the new assignment is said to be at " + created.headers["Location"])
    one(check(requests.get(CHAPI, params=key, timeout=TIMEOUT))["aws_account_assignments"], **assignment)
    check(requests.delete(f"{CHAPI}/{number}", params=key, headers=headers, timeout=TIMEOUT), 204)


ripple()
cloudhealth()
