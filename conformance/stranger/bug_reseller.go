package stranger

var resellerBugs = []Bug{
	// createReseller
	{Name: "reseller-create-plus-lost", Question: "data", Operation: "createReseller", Breaks: "The email is kept as sent, and a plus sign becomes a blank."},
	{Name: "reseller-create-sample-meta-refused", Question: "data", Operation: "createReseller", Breaks: "The Python sample creates with a meta, which is refused."},
	{Name: "reseller-create-notification-false-refused", Question: "data", Operation: "createReseller", Breaks: "notification may be false, and then counts as missing.", fields: falsy("notification")},
	{Name: "reseller-create-replaces-groups-reseller", Question: "rows", Operation: "createReseller", Breaks: "A create leaves other resellers, and removes one of the same group."},
	{Name: "reseller-create-reader-may", Question: "caller", Operation: "createReseller", also: []string{"ReadReseller"}, Breaks: "A create needs ModifyReseller, and ReadReseller is let in."},
	{Name: "reseller-create-account-writer-may", Question: "caller", Operation: "createReseller", also: []string{"ModifyAccount"}, Breaks: "A create needs ModifyReseller, and ModifyAccount is let in."},
	{Name: "reseller-create-race-same-user-id", Question: "race", Operation: "createReseller", Breaks: "Each reseller has a user_id of its own, and parallel creates share one."},
	{Name: "reseller-create-race-loses-other", Question: "race", Operation: "createReseller", loses: true, Breaks: "A create that succeeded is stored, and parallel creates lose each other's row."},
	{Name: "reseller-create-vanishes", Question: "later", Operation: "createReseller", vanishes: true, Breaks: "A created reseller stays, and this one is gone after a second."},
	{Name: "reseller-create-after-delete-refused", Question: "back", Operation: "createReseller", Breaks: "A right create succeeds, and not for an email whose reseller was deleted."},
	{Name: "reseller-create-email-optional", Question: "seam", Operation: "createReseller", Breaks: "email is required, and may be missing.", fields: optional("email")},
	{Name: "reseller-create-notification-optional", Question: "seam", Operation: "createReseller", Breaks: "notification is required, and may be missing.", fields: optional("notification")},
	{Name: "reseller-create-refused-but-stored", Question: "seam", Operation: "createReseller", Breaks: "A refused create makes nothing, and this one makes a reseller."},
	// listResellers
	{Name: "reseller-list-meta-as-numbers", Question: "data", Operation: "listResellers", Breaks: "The flags of meta are true or false, and are 1 or 0."},
	{Name: "reseller-list-report-filters-missing", Question: "data", Operation: "listResellers", Breaks: "The printed meta has report_filters, which is missing."},
	{Name: "reseller-list-once-per-vendor", Question: "rows", Operation: "listResellers", Breaks: "The list has a reseller once, and those of groups with accounts of both vendors twice."},
	{Name: "reseller-list-meta-of-first", Question: "rows", Operation: "listResellers", Breaks: "Each reseller has its own meta, and all show that of the first.", answer: func(_ *call, a *answer) {
		if list, is := a.body.([]any); is && len(list) > 0 {
			first := list[0].(obj)["meta"]
			each(func(o obj) obj { return with(o, "meta", first) })(nil, a)
		}
	}},
	{Name: "reseller-list-group-swapped", Question: "operation", Operation: "listResellers", Breaks: "billinggroup_name is the group's name as its own list has it, and is the group's id.", answer: each(func(o obj) obj { return with(o, "billinggroup_name", o["billinggroup_id"]) })},
	{Name: "reseller-list-post-needs-modify", Question: "caller", Operation: "listResellers", Breaks: "ReadReseller suffices for the printed POST, and is kept out."},
	{Name: "reseller-list-shows-other-tenant", Question: "caller", Operation: "listResellers", Breaks: "The list has the caller's resellers, and shows another tenant's."},
	{Name: "reseller-list-writer-refused", Question: "caller", Operation: "listResellers", not: []string{"ModifyReseller"}, Breaks: "ModifyReseller suffices for the list, and is kept out."},
	{Name: "reseller-list-registered-now", Question: "later", Operation: "listResellers", Breaks: "wave_registered is when the reseller was made, and is always now."},
	{Name: "reseller-list-stale", Question: "later", Operation: "listResellers", stale: true, Breaks: "The list has what is there, and stays as it was for 25 seconds."},
	{Name: "reseller-list-last-of-six-lost", Question: "seam", Operation: "listResellers", Breaks: "The list has all resellers, and loses the last when their number is a multiple of six."},
	// deleteReseller
	{Name: "reseller-delete-takes-group", Question: "rows", Operation: "deleteReseller", Breaks: "A delete takes one reseller, and takes all of its group."},
	{Name: "reseller-delete-reader-may", Question: "caller", Operation: "deleteReseller", also: []string{"ReadReseller"}, Breaks: "A delete needs ModifyReseller, and ReadReseller is let in."},
	{Name: "reseller-delete-foreign", Question: "caller", Operation: "deleteReseller", foreign: true, Breaks: "A caller deletes its own resellers, and can delete another tenant's."},
	{Name: "reseller-delete-race-loses-other", Question: "race", Operation: "deleteReseller", loses: true, Breaks: "A create that succeeded is stored, and a parallel delete of another reseller loses it."},
	{Name: "reseller-delete-returns", Question: "later", Operation: "deleteReseller", returns: true, Breaks: "A deleted reseller stays deleted, and is back after a second."},
	{Name: "reseller-delete-needs-body", Question: "seam", Operation: "deleteReseller", Breaks: "The printed delete has no body, and is refused without one."},
	{Name: "reseller-delete-newest-stays", Question: "seam", Operation: "deleteReseller", Breaks: "A delete that succeeded deletes, and the last row of the list stays."},
	// updateResellerPassword
	{Name: "reseller-password-notification-false-refused", Question: "data", Operation: "updateResellerPassword", Breaks: "notification may be false, and then counts as missing.", fields: falsy("notification")},
	{Name: "reseller-password-auto-needs-password", Question: "data", Operation: "updateResellerPassword", Breaks: "The printed request has a password of null, and is refused."},
	{Name: "reseller-password-resets-meta", Question: "rows", Operation: "updateResellerPassword", Breaks: "A password update leaves meta, and sets it to the defaults."},
	{Name: "reseller-password-reader-may", Question: "caller", Operation: "updateResellerPassword", also: []string{"ReadReseller"}, Breaks: "A password update needs ModifyReseller, and ReadReseller is let in."},
	{Name: "reseller-password-foreign", Question: "caller", Operation: "updateResellerPassword", foreign: true, Breaks: "A caller changes its own resellers, and can change another tenant's password."},
	{Name: "reseller-password-race-loses-meta", Question: "race", Operation: "updateResellerPassword", gap: true, Breaks: "A meta update that succeeded is stored, and a parallel password update loses it."},
	{Name: "reseller-password-again-refused", Question: "back", Operation: "updateResellerPassword", Breaks: "A right update succeeds each time, and the second soon after is refused."},
	// updateResellerMeta
	{Name: "reseller-meta-shared-by-default", Question: "rows", Operation: "updateResellerMeta", Breaks: "An update changes one reseller's meta, and that of all who were made without meta."},
	{Name: "reseller-meta-becomes-default", Question: "rows", Operation: "updateResellerMeta", Breaks: "An update changes one reseller's meta, and what later resellers get that are made without meta."},
	{Name: "reseller-meta-sp-purchased-dropped", Question: "data", Operation: "updateResellerMeta", Breaks: "An update stores all flags of meta, and leaves sp_purchased."},
	{Name: "reseller-meta-tag-graph-mixed", Question: "data", Operation: "updateResellerMeta", Breaks: "Each flag is stored under its name, and two graph flags are exchanged."},
	{Name: "reseller-meta-touches-group", Question: "rows", Operation: "updateResellerMeta", Breaks: "An update changes one reseller, and changes all of its group."},
	{Name: "reseller-meta-reader-may", Question: "caller", Operation: "updateResellerMeta", also: []string{"ReadReseller"}, Breaks: "A meta update needs ModifyReseller, and ReadReseller is let in."},
	{Name: "reseller-meta-foreign", Question: "caller", Operation: "updateResellerMeta", foreign: true, Breaks: "A caller changes its own resellers, and can change another tenant's meta."},
	{Name: "reseller-meta-race-revives-deleted", Question: "race", Operation: "updateResellerMeta", gap: true, Breaks: "A deleted reseller stays deleted, and a parallel update writes it back."},
	{Name: "reseller-meta-race-loses-other", Question: "race", Operation: "updateResellerMeta", loses: true, Breaks: "An update that succeeded is stored, and parallel updates of other resellers are lost."},
	{Name: "reseller-meta-reverts", Question: "later", Operation: "updateResellerMeta", reverts: true, Breaks: "An update stays, and this one is undone after a second."},
	{Name: "reseller-meta-second-lost", Question: "later", Operation: "updateResellerMeta", second: true, Breaks: "Each update that succeeded is stored, and a second one soon after is not."},
	{Name: "reseller-meta-false-ignored", Question: "back", Operation: "updateResellerMeta", Breaks: "An update stores flags that are false, and leaves them true."},
	{Name: "reseller-meta-optional", Question: "seam", Operation: "updateResellerMeta", Breaks: "meta is required, and may be missing.", fields: optional("meta")},
}
