package stranger

import "strings"

// skipping makes a bug that forgets one criterion of the assignment page.
func skipping(verb, operation, question, criterion, name, breaks string) Bug {
	return Bug{Name: "assignment-" + verb + "-" + name, Question: question, Operation: operation, Source: "assignment#criteria", skips: criterion, Breaks: breaks}
}

const create, update = "createAwsAccountAssignment", "updateAwsAccountAssignment"

var assignmentBugs = []Bug{
	{Name: "assignment-list-key-case-ignored", Question: "caller", Operation: "listAwsAccountAssignments", Breaks: "A key in other letters is a wrong key, and is let in everywhere."},
	{Name: "assignment-get-key-cut-accepted", Question: "caller", Operation: "getAwsAccountAssignment", Breaks: "A key without its end is a wrong key, and is let in everywhere."},
	{Name: "assignment-create-owner-as-number", Question: "data", Operation: create, Source: "assignment#criteria", Breaks: "An owner_id that no account of the partner has is refused, and 11 or 13 digits of the same number are taken."},
	{Name: "assignment-update-owner-as-number", Question: "operation", Operation: update, Source: "assignment#criteria", Breaks: "An owner_id that no account of the partner has is refused, and 11 or 13 digits of the same number are taken."},
	{Name: "assignment-get-id-by-its-beginning", Question: "seam", Operation: "getAwsAccountAssignment", Breaks: "No assignment has an id that ends in a letter, and that of the digits before it is answered."},
	{Name: "assignment-delete-id-by-its-beginning", Question: "seam", Operation: "deleteAwsAccountAssignment", Breaks: "No assignment has an id that ends in a letter, and that of the digits before it is deleted."},
	// createAwsAccountAssignment
	{Name: "assignment-create-zeros-lost", Question: "data", Operation: create, Breaks: "owner_id is kept as sent, and loses its leading zeros.", row: stored("owner_id", func(t string) string { return strings.TrimLeft(t, "0") })},
	{Name: "assignment-create-payer-text-lost", Question: "data", Operation: create, Breaks: "payer_account_owner_id is kept as sent, and becomes the owner_id."},
	{Name: "assignment-create-customer-as-text", Question: "data", Operation: create, Breaks: "The answer has the customer_id of the request, and has it as a text.", answer: body(200, func(o obj) any { return with(o, "customer_id", canonical(o["customer_id"])) })},
	{Name: "assignment-create-any-accept-refused", Question: "data", Operation: create, Source: "assignment#media", Breaks: "Accept may be */*, and this is refused.", answer: func(c *call, a *answer) {
		if strings.Contains(c.r.Header.Get("Accept"), "*/*") && a.status == 200 {
			c.ten.tab("assignment").drop(idText(a.body.(obj)))
			*a = refuse(406, "only application/json")
		}
	}},
	skipping("create", create, "operation", "kin", "other-family-accepted", "Payer and owner are of one family, and a create does not look."),
	skipping("create", create, "operation", "chain", "chain-accepted", "A payer is its own payer, and a create takes a linked one."),
	skipping("create", create, "operation", "prior", "unassigned-payer-accepted", "A payer is assigned to the customer before, and a create does not look."),
	skipping("create", create, "operation", "billing", "billing-off-accepted", "The customer has partner billing, and a create does not look."),
	skipping("create", create, "operation", "alone", "second-head-accepted", "A consolidated customer has one head, and a create makes another."),
	skipping("create", create, "operation", "linked", "linked-among-standalone-accepted", "Standalone customers have no linked account, and a create makes one."),
	skipping("create", create, "operation", "family", "no-family-accepted", "The account is linked in a family, and a create takes any."),
	skipping("create", create, "operation", "customer", "unknown-customer-accepted", "The customer is one of the partner's, and a create takes an id that nobody has."),
	skipping("create", create, "caller", "owner", "foreign-account-accepted", "The account is one of the partner's, and a create takes another partner's."),
	skipping("create", create, "caller", "foreign", "foreign-customer-accepted", "The customer is one of the partner's, and a create takes another partner's."),
	{Name: "assignment-create-race-all-win", Question: "race", Operation: create, Source: "assignment#criteria", gap: true, Breaks: "An owner_id has one assignment, and parallel creates make several."},
	{Name: "assignment-create-race-same-id", Question: "race", Operation: create, Breaks: "Each assignment has an id of its own, and parallel creates share one."},
	{Name: "assignment-create-race-payer-deleted", Question: "race", Operation: create, Source: "assignment#criteria", Breaks: "A payer is assigned when a linked account is, and a parallel delete takes it."},
	{Name: "assignment-create-race-loses-other", Question: "race", Operation: create, loses: true, Breaks: "A create that succeeded is stored, and parallel creates lose each other's row."},
	{Name: "assignment-create-vanishes", Question: "later", Operation: create, vanishes: true, Breaks: "A created assignment stays, and this one is gone after a second."},
	{Name: "assignment-create-after-delete-refused", Question: "back", Operation: create, Breaks: "An account whose assignment was deleted is free again, and is refused."},
	{Name: "assignment-create-payer-optional", Question: "seam", Operation: create, Source: "assignment#fields", Breaks: "payer_account_owner_id is required, and may be missing."},
	{Name: "assignment-create-location-missing", Question: "seam", Operation: create, Breaks: "The answer has a Location, which is missing.", answer: lacking("Location")},
	{Name: "assignment-create-location-of-list", Question: "seam", Operation: create, Breaks: "Location is that of the new assignment, and is that of the list.", answer: func(c *call, a *answer) {
		if a.status == 200 {
			a.header.Set("Location", "http://"+c.r.Host+"/v1/aws_account_assignments")
		}
	}},
	{Name: "assignment-create-201", Question: "seam", Operation: create, Breaks: "The status of a create is 200, and is 201.", answer: status(200, 201)},
	{Name: "assignment-create-errors-text", Question: "seam", Operation: create, Breaks: "errors is an array, and is one text.", answer: body(422, func(o obj) any { return obj{"errors": o["errors"].([]any)[0]} })},
	{Name: "assignment-create-errors-extra", Question: "seam", Operation: create, Breaks: "The object of errors has one field, and has a status as well.", answer: body(422, func(o obj) any { return with(o, "status", int64(422)) })},
	{Name: "assignment-create-refused-but-stored", Question: "seam", Operation: create, Breaks: "A refused create makes nothing, and this one makes an assignment."},
	// getAwsAccountAssignment
	{Name: "assignment-get-id-as-text", Question: "data", Operation: "getAwsAccountAssignment", Breaks: "The printed id is a number, and is a text.", answer: body(200, func(o obj) any { return with(o, "id", canonical(o["id"])) })},
	{Name: "assignment-get-zeros-lost", Question: "data", Operation: "getAwsAccountAssignment", Breaks: "owner_id has its leading zeros, and loses them.", answer: body(200, func(o obj) any { return with(o, "owner_id", strings.TrimLeft(str(o["owner_id"]), "0")) })},
	{Name: "assignment-get-payer-as-owner", Question: "operation", Operation: "getAwsAccountAssignment", Breaks: "Read and list agree on the payer, and the read shows the owner there.", answer: body(200, func(o obj) any {
		if o["payer_account_owner_id"] != nil {
			o = with(o, "payer_account_owner_id", o["owner_id"])
		}
		return o
	})},
	{Name: "assignment-get-foreign", Question: "caller", Operation: "getAwsAccountAssignment", foreign: true, Breaks: "A partner reads its own assignments, and can read another's."},
	{Name: "assignment-get-open", Question: "caller", Operation: "getAwsAccountAssignment", open: true, Breaks: "A read needs a key, and goes without."},
	{Name: "assignment-get-stale", Question: "later", Operation: "getAwsAccountAssignment", stale: true, Breaks: "A read shows what is stored, and stays as it was for 25 seconds."},
	{Name: "assignment-get-wrapped", Question: "seam", Operation: "getAwsAccountAssignment", Breaks: "A read is an object with the fields, and comes in another object.", answer: body(200, func(o obj) any { return obj{"aws_account_assignment": o} })},
	// listAwsAccountAssignments
	{Name: "assignment-list-customer-as-text", Question: "data", Operation: "listAwsAccountAssignments", Breaks: "The printed customer_id is a number, and is a text.", answer: each(func(o obj) obj { return with(o, "customer_id", canonical(o["customer_id"])) })},
	{Name: "assignment-list-pages-overlap", Question: "rows", Operation: "listAwsAccountAssignments", Breaks: "The pages together have each assignment once, and show one again at the start of the next page."},
	{Name: "assignment-list-page-end-lost", Question: "rows", Operation: "listAwsAccountAssignments", Breaks: "The pages together have all assignments, and lose the last of each page but the last."},
	{Name: "assignment-list-payer-as-owner", Question: "operation", Operation: "listAwsAccountAssignments", Breaks: "Read and list agree on the payer, and the list shows the owner there.", answer: each(func(o obj) obj { return with(o, "payer_account_owner_id", o["owner_id"]) })},
	{Name: "assignment-list-shows-other-partner", Question: "caller", Operation: "listAwsAccountAssignments", Breaks: "A partner lists its own assignments, and sees another's."},
	{Name: "assignment-list-total-of-all-partners", Question: "caller", Operation: "listAwsAccountAssignments", Breaks: "X-Total counts the caller's assignments, and counts all partners'."},
	{Name: "assignment-list-stale", Question: "later", Operation: "listAwsAccountAssignments", stale: true, Breaks: "The list has what is there, and stays as it was for 25 seconds."},
	{Name: "assignment-list-total-of-page", Question: "seam", Operation: "listAwsAccountAssignments", Breaks: "X-Total counts all assignments, and counts those of the page."},
	{Name: "assignment-list-total-first-page-only", Question: "seam", Operation: "listAwsAccountAssignments", Breaks: "The answer has X-Total, and pages behind the first do not."},
	{Name: "assignment-list-per-page-always-30", Question: "seam", Operation: "listAwsAccountAssignments", Breaks: "X-Per-Page is the size of a page, and is always 30."},
	{Name: "assignment-list-empty-last-page", Question: "seam", Operation: "listAwsAccountAssignments", Breaks: "Link ends at the last page, and leads to an empty one when the last page is full."},
	{Name: "assignment-list-final-row-lost", Question: "seam", Operation: "listAwsAccountAssignments", Breaks: "The pages together have all assignments, and lose the very last."},
	{Name: "assignment-list-shuffled", Question: "seam", Operation: "listAwsAccountAssignments", Breaks: "The pages hold all assignments, and each page is cut from another order."},
	{Name: "assignment-list-last-beyond", Question: "seam", Operation: "listAwsAccountAssignments", Breaks: "Link is a list of pages, and its last one does not exist."},
	{Name: "assignment-list-link-always", Question: "seam", Operation: "listAwsAccountAssignments", Breaks: "There is no Link where all fits one page, and there is one."},
	{Name: "assignment-list-link-loses-per-page", Question: "seam", Operation: "listAwsAccountAssignments", Breaks: "Link keeps the other query parameters, and loses per_page."},
	{Name: "assignment-list-envelope-extra", Question: "seam", Operation: "listAwsAccountAssignments", Breaks: "The list's object has one field, and has a total as well.", answer: body(200, func(o obj) any { return with(o, "total", int64(len(o["aws_account_assignments"].([]any)))) })},
	// updateAwsAccountAssignment
	{Name: "assignment-update-subset-refused", Question: "data", Operation: update, Breaks: "An update may have some of the fields, and is refused without all."},
	{Name: "assignment-update-touches-neighbour", Question: "rows", Operation: update, Breaks: "An update changes one assignment, and moves the customer's others along."},
	{Name: "assignment-update-new-id", Question: "rows", Operation: update, Breaks: "An update keeps the assignment with its id, and makes a new one."},
	skipping("update", update, "operation", "kin", "other-family-accepted", "Payer and owner are of one family, and an update does not look."),
	skipping("update", update, "operation", "chain", "chain-accepted", "A payer is its own payer, and an update takes a linked one."),
	skipping("update", update, "operation", "prior", "unassigned-payer-accepted", "A payer is assigned to the customer before, and an update does not look."),
	skipping("update", update, "operation", "billing", "billing-off-accepted", "The customer has partner billing, and an update does not look."),
	skipping("update", update, "operation", "alone", "second-head-accepted", "A consolidated customer has one head, and an update makes another."),
	skipping("update", update, "operation", "linked", "linked-among-standalone-accepted", "Standalone customers have no linked account, and an update makes one."),
	skipping("update", update, "operation", "family", "no-family-accepted", "The account is linked in a family, and an update takes any."),
	skipping("update", update, "operation", "taken", "taken-owner-accepted", "An owner_id has one assignment, and an update takes that of another."),
	skipping("update", update, "operation", "customer", "unknown-customer-accepted", "The customer is one of the partner's, and an update takes an id that nobody has."),
	{Name: "assignment-update-customer-ignored", Question: "operation", Operation: update, Breaks: "An update stores customer_id, and only a create does."},
	skipping("update", update, "caller", "owner", "foreign-account-accepted", "The account is one of the partner's, and an update takes another partner's."),
	skipping("update", update, "caller", "foreign", "foreign-customer-accepted", "The customer is one of the partner's, and an update takes another partner's."),
	{Name: "assignment-update-foreign", Question: "caller", Operation: update, foreign: true, Breaks: "A partner changes its own assignments, and can change another's."},
	{Name: "assignment-update-race-same-owner", Question: "race", Operation: update, Source: "assignment#criteria", gap: true, Breaks: "An owner_id has one assignment, and parallel updates give it two."},
	{Name: "assignment-update-race-loses-other", Question: "race", Operation: update, loses: true, Breaks: "An update that succeeded is stored, and parallel updates of others are lost."},
	{Name: "assignment-update-reverts", Question: "later", Operation: update, reverts: true, Breaks: "An update stays, and this one is undone after a second."},
	{Name: "assignment-update-second-lost", Question: "later", Operation: update, second: true, Breaks: "Each update that succeeded is stored, and a second one soon after is not."},
	{Name: "assignment-update-back-to-self-ignored", Question: "back", Operation: update, Breaks: "An update stores the payer, and leaves a linked account linked."},
	{Name: "assignment-update-location-missing", Question: "seam", Operation: update, Breaks: "The answer has a Location, which is missing.", answer: lacking("Location")},
	{Name: "assignment-update-refused-but-stored", Question: "seam", Operation: update, Breaks: "A refused update changes nothing, and this one is stored."},
	{Name: "assignment-update-id-missing", Question: "seam", Operation: update, Breaks: "The answer has the id, which is missing.", answer: body(200, func(o obj) any { o = with(o); delete(o, "id"); return o })},
	// deleteAwsAccountAssignment
	{Name: "assignment-delete-takes-linked", Question: "rows", Operation: "deleteAwsAccountAssignment", Breaks: "A delete takes one assignment, and takes those linked to it."},
	{Name: "assignment-delete-takes-next-of-customer", Question: "rows", Operation: "deleteAwsAccountAssignment", Breaks: "A delete takes one assignment, and takes the customer's next one."},
	{Name: "assignment-delete-read-stays", Question: "operation", Operation: "deleteAwsAccountAssignment", Breaks: "A deleted assignment is gone from list and read, and the read still answers."},
	{Name: "assignment-delete-foreign", Question: "caller", Operation: "deleteAwsAccountAssignment", foreign: true, Breaks: "A partner deletes its own assignments, and can delete another's."},
	{Name: "assignment-delete-open", Question: "caller", Operation: "deleteAwsAccountAssignment", open: true, Breaks: "A delete needs a key, and goes without."},
	{Name: "assignment-delete-race-loses-other", Question: "race", Operation: "deleteAwsAccountAssignment", loses: true, Breaks: "A create that succeeded is stored, and a parallel delete of another loses it."},
	{Name: "assignment-delete-returns", Question: "later", Operation: "deleteAwsAccountAssignment", returns: true, Breaks: "A deleted assignment stays deleted, and is back after a second."},
	{Name: "assignment-delete-takes-aws-account", Question: "back", Operation: "deleteAwsAccountAssignment", Breaks: "A delete leaves the AWS account, which then cannot be assigned again."},
	{Name: "assignment-delete-200", Question: "seam", Operation: "deleteAwsAccountAssignment", Breaks: "The status of a delete is 204, and is 200.", answer: func(_ *call, a *answer) {
		if a.status == 204 {
			a.status, a.body = 200, obj{}
		}
	}},
}
