package stranger

import "strings"

var accountBugs = []Bug{
	// createAccount
	{Name: "account-create-name-trimmed", Question: "data", Operation: "createAccount", Breaks: "The name is kept as sent, and loses the blanks around it.", row: stored("name", strings.TrimSpace)},
	{Name: "account-create-name-cut", Question: "data", Operation: "createAccount", Breaks: "A name may have 100 characters, and is cut after 64.", row: stored("name", cut(64))},
	{Name: "account-create-name-narrowed", Question: "data", Operation: "createAccount", Breaks: "The name is kept as sent, and full-width letters become plain ones.", row: stored("name", narrow)},
	{Name: "account-create-note-escaped", Question: "data", Operation: "createAccount", Breaks: "The note is kept as sent, and comes back with HTML escapes.", row: stored("note", escaped)},
	{Name: "account-create-emoji-lost", Question: "data", Operation: "createAccount", Breaks: "The name is kept as sent, and emoji become question marks.", row: stored("name", noEmoji)},
	{Name: "account-create-leading-zero-lost", Question: "data", Operation: "createAccount", Breaks: "customer_id is a text of 12 digits, and loses its leading zeros."},
	{Name: "account-create-name-3-refused", Question: "data", Operation: "createAccount", Breaks: "A name of three characters is long enough, and is refused.", fields: bounds("name", 4, 100)},
	{Name: "account-create-moves-sibling", Question: "rows", Operation: "createAccount", Breaks: "A create makes one account, and moves another of the payer to its billing group."},
	{Name: "account-create-note-dropped", Question: "operation", Operation: "createAccount", Breaks: "A create stores the note, and only an update does."},
	{Name: "account-create-length-unchecked", Question: "operation", Operation: "createAccount", Breaks: "A name's length is limited in create as in update, and only update checks it.", fields: bounds("name", 0, 1<<20)},
	{Name: "account-create-reader-may", Question: "caller", Operation: "createAccount", also: []string{"ReadAccount"}, Breaks: "A create needs ModifyAccount, and ReadAccount is let in."},
	{Name: "account-create-open", Question: "caller", Operation: "createAccount", open: true, Breaks: "A create needs a token, and goes without."},
	{Name: "account-create-race-all-win", Question: "race", Operation: "createAccount", gap: true, Breaks: "A customer id that exists is refused, and parallel creates of one all succeed."},
	{Name: "account-create-race-loses-other", Question: "race", Operation: "createAccount", loses: true, Breaks: "A create that succeeded is stored, and parallel creates lose each other's row."},
	{Name: "account-create-vanishes", Question: "later", Operation: "createAccount", vanishes: true, Breaks: "A created account stays, and this one is gone after a second."},
	{Name: "account-create-after-delete-refused", Question: "back", Operation: "createAccount", Breaks: "Only registered customer ids are refused, and a deleted one is too."},
	{Name: "account-create-name-101-accepted", Question: "seam", Operation: "createAccount", Breaks: "A name ends at 100 characters, and 101 are taken.", fields: bounds("name", 3, 101)},
	{Name: "account-create-name-2-accepted", Question: "seam", Operation: "createAccount", Breaks: "A name begins at three characters, and two are taken.", fields: bounds("name", 2, 100)},
	{Name: "account-create-13-digits", Question: "seam", Operation: "createAccount", Breaks: "An AWS customer_id has 12 digits, and 13 are taken."},
	{Name: "account-create-11-digits", Question: "seam", Operation: "createAccount", Breaks: "An AWS customer_id has 12 digits, and 11 are taken."},
	{Name: "account-create-azure-15", Question: "seam", Operation: "createAccount", Breaks: "An Azure customer_id has 16 characters or more, and 15 are taken."},
	{Name: "account-create-refused-but-stored", Question: "seam", Operation: "createAccount", Breaks: "A refused create changes nothing, and this one renames the account that is there."},
	{Name: "account-create-duplicate-200", Question: "seam", Operation: "createAccount", Breaks: "A duplicate gets the status 400, and gets 200 with the error."},
	{Name: "account-create-code-number", Question: "seam", Operation: "createAccount", Breaks: "The error's code is the text 5005, and is a number."},
	// listAccounts
	{Name: "account-list-beyond-latin-1-lost", Question: "data", Operation: "listAccounts", Breaks: "The list shows names as they were registered, and characters beyond Latin-1 are question marks.", answer: saying(latin)},
	{Name: "account-list-null-note-as-text", Question: "data", Operation: "listAccounts", Breaks: "A note that is null is listed as null, and is the text null.", answer: each(func(o obj) obj {
		if o["note"] == nil {
			o = with(o, "note", "null")
		}
		return o
	})},
	{Name: "account-list-azure-shows-aws", Question: "rows", Operation: "listAccounts", Breaks: "The list has the accounts of the vendor asked for, and azure has those of aws too."},
	{Name: "account-list-payer-twice", Question: "rows", Operation: "listAccounts", Breaks: "The list has an account once, and one that is its own payer twice."},
	{Name: "account-list-group-name-frozen", Question: "operation", Operation: "listAccounts", Breaks: "billinggroup_name is that of the group, and stays as it was before the group's update."},
	{Name: "account-list-payer-field-missing", Question: "operation", Operation: "listAccounts", Breaks: "Each account of the list has a payer field, which is missing.", answer: each(func(o obj) obj {
		o = with(o)
		delete(o, "payer")
		return o
	})},
	{Name: "account-list-writer-refused", Question: "caller", Operation: "listAccounts", not: []string{"ModifyAccount"}, Breaks: "ModifyAccount suffices for the list, and is kept out."},
	{Name: "account-list-shows-other-tenant", Question: "caller", Operation: "listAccounts", Breaks: "The list has the caller's accounts, and shows another tenant's."},
	{Name: "account-list-azure-shows-other-tenant", Question: "caller", Operation: "listAccounts", Breaks: "The list has the caller's accounts, and that of azure shows another tenant's."},
	{Name: "account-list-joins-foreign-group", Question: "caller", Operation: "listAccounts", Breaks: "A caller sees its own groups, and an account with another tenant's company_id shows that group's name."},
	{Name: "account-list-token-signature-unchecked", Question: "caller", Operation: "listAccounts", Breaks: "A token whose signature was changed is none, and is let in everywhere."},
	{Name: "account-list-stale", Question: "later", Operation: "listAccounts", stale: true, Breaks: "The list has what is registered, and stays as it was for 25 seconds."},
	{Name: "account-list-last-of-four-lost", Question: "seam", Operation: "listAccounts", Breaks: "The list has all accounts, and loses the last when their number is a multiple of four."},
	// updateAccount
	{Name: "account-update-name-composed", Question: "data", Operation: "updateAccount", Breaks: "The name is kept as sent, and letters are joined with their marks.", row: stored("name", composed)},
	{Name: "account-update-name-100-refused", Question: "data", Operation: "updateAccount", Breaks: "A name of 100 characters is short enough, and is refused.", fields: bounds("name", 3, 99)},
	{Name: "account-update-note-first-line", Question: "data", Operation: "updateAccount", Breaks: "The note is kept as sent, and only its first line stays.", row: stored("note", func(t string) string { t, _, _ = strings.Cut(t, "\n"); return t })},
	{Name: "account-update-touches-longer-ids", Question: "rows", Operation: "updateAccount", Breaks: "An update changes one account, and changes the names of those whose ids begin with that of the first."},
	{Name: "account-update-group-alone-lost", Question: "back", Operation: "updateAccount", Breaks: "An update stores company_id, and does not where nothing else changes.", row: alone("company_id")},
	{Name: "account-update-note-alone-lost", Question: "back", Operation: "updateAccount", Breaks: "An update stores the note, and does not where nothing else changes.", row: alone("note")},
	{Name: "account-update-azure-creates-missing", Question: "operation", Operation: "updateAccount", Breaks: "An update of an id that is not there is refused, and makes the account where it is of azure."},
	{Name: "account-update-same-name-is-no-update", Question: "back", Operation: "updateAccount", Breaks: "An update stores company_id, and does not where the name stays."},
	{Name: "account-update-note-cut-at-255", Question: "data", Operation: "updateAccount", Breaks: "A note is kept as sent, and is cut after 255 characters.", row: stored("note", func(t string) string {
		if letters := []rune(t); len(letters) > 255 {
			return string(letters[:255])
		}
		return t
	})},
	{Name: "account-update-note-zero-lost", Question: "data", Operation: "updateAccount", Breaks: "A note is kept as sent, and that of one zero is none.", row: stored("note", func(t string) string {
		if t == "0" {
			return ""
		}
		return t
	})},
	{Name: "account-update-quotes-straightened", Question: "data", Operation: "updateAccount", Breaks: "A note is kept as sent, and typographic quotes and dashes become plain ones.", row: stored("note", strings.NewReplacer("“", `"`, "”", `"`, "‘", "'", "’", "'", "–", "-").Replace)},
	{Name: "account-update-touches-neighbour", Question: "rows", Operation: "updateAccount", Breaks: "An update changes one account, and changes the note of the one before it."},
	{Name: "account-update-length-unchecked", Question: "operation", Operation: "updateAccount", Breaks: "A name's length is limited in update as in create, and only create checks it.", fields: bounds("name", 0, 1<<20)},
	{Name: "account-update-azure-payer-unchecked", Question: "operation", Operation: "updateAccount", Breaks: "An Azure account_id has seven digits in update as in create, and only create checks it."},
	{Name: "account-azure-payer-of-aws-length", Question: "data", Operation: "createAccount", Breaks: "An Azure account_id has 7 digits, and 12 are taken too."},
	{Name: "account-update-company-ignored-azure", of: "account-update-company-ignored", vendor: "azure", Question: "operation", Operation: "updateAccount", Breaks: "An update of an azure account does with company_id what one of aws does, and leaves the old one."},
	{Name: "account-update-reader-may", Question: "caller", Operation: "updateAccount", also: []string{"ReadAccount"}, Breaks: "An update needs ModifyAccount, and ReadAccount is let in."},
	{Name: "account-update-foreign", Question: "caller", Operation: "updateAccount", foreign: true, Breaks: "A customer id that the caller does not have is refused, and another tenant's account is changed."},
	{Name: "account-update-race-revives-deleted", Question: "race", Operation: "updateAccount", gap: true, Breaks: "A deleted account stays deleted, and a parallel update writes it back."},
	{Name: "account-update-race-loses-other", Question: "race", Operation: "updateAccount", loses: true, Breaks: "An update that succeeded is stored, and parallel updates of other accounts are lost."},
	{Name: "account-update-reverts", Question: "later", Operation: "updateAccount", reverts: true, Breaks: "An update stays, and this one is undone after a second."},
	{Name: "account-update-second-lost", Question: "later", Operation: "updateAccount", second: true, Breaks: "Each update that succeeded is stored, and a second one soon after is not."},
	{Name: "account-update-name-case-ignored", Question: "back", Operation: "updateAccount", Breaks: "An update stores the name, and leaves one that differs in capitals alone."},
	{Name: "account-update-unknown-200", Question: "seam", Operation: "updateAccount", Breaks: "An unknown customer id gets 400, and gets 200."},
	{Name: "account-update-creates-missing", Question: "seam", Operation: "updateAccount", Breaks: "An unknown customer id gets 400, and an account is made."},
	{Name: "account-update-name-101-accepted", Question: "seam", Operation: "updateAccount", Breaks: "A name ends at 100 characters, and 101 are taken.", fields: bounds("name", 3, 101)},
	// deleteAccount
	{Name: "account-delete-azure-first-part", Question: "data", Operation: "deleteAccount", Breaks: "An Azure account is deleted by its id, and one with hyphens is not found."},
	{Name: "account-delete-takes-same-name", Question: "rows", Operation: "deleteAccount", Breaks: "A delete takes one account, and takes those of the payer with the same name."},
	{Name: "account-delete-takes-longer-ids", Question: "rows", Operation: "deleteAccount", Breaks: "A delete takes one account, and takes those whose ids begin with that of the first."},
	{Name: "account-delete-payer-takes-linked", Question: "rows", Operation: "deleteAccount", Breaks: "A delete takes one account, and that of the payer itself takes all of the payer's."},
	{Name: "account-delete-error-text-differs", Question: "operation", Operation: "deleteAccount", Breaks: "An unknown customer id is told as the update tells it, and the delete has a text of its own.", answer: body(400, func(o obj) any {
		if o["code"] == "5005" {
			return with(o, "description", "Customer id does not exist.")
		}
		return o
	})},
	{Name: "account-delete-reader-may", Question: "caller", Operation: "deleteAccount", also: []string{"ReadAccount"}, Breaks: "A delete needs ModifyAccount, and ReadAccount is let in."},
	{Name: "account-delete-foreign", Question: "caller", Operation: "deleteAccount", foreign: true, Breaks: "A customer id that the caller does not have is refused, and another tenant's account is deleted."},
	{Name: "account-delete-race-both-win", Question: "race", Operation: "deleteAccount", gap: true, Breaks: "A customer id that is gone gets 400, and parallel deletes of one all succeed."},
	{Name: "account-delete-race-loses-other", Question: "race", Operation: "deleteAccount", loses: true, Breaks: "A create that succeeded is stored, and a parallel delete of another account loses it."},
	{Name: "account-delete-returns", Question: "later", Operation: "deleteAccount", returns: true, Breaks: "A deleted account stays deleted, and is back after a second."},
	{Name: "account-delete-again-ignored", Question: "back", Operation: "deleteAccount", Breaks: "A delete that succeeded deletes, and does not for an id that was deleted before."},
	{Name: "account-delete-raw-pipe-refused", Question: "seam", Operation: "deleteAccount", Breaks: "The printed path has a plain pipe, which is refused."},
	{Name: "account-delete-encoded-pipe-refused", Question: "seam", Operation: "deleteAccount", Breaks: "The pipe of the path may be encoded, and then is refused."},
	{Name: "account-delete-unknown-200", Question: "seam", Operation: "deleteAccount", Breaks: "An unknown customer id gets 400, and gets 200."},
}
