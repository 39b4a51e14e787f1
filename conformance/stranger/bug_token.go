package stranger

var tokenBugs = []Bug{
	{Name: "token-file-parts-refused", Question: "data", Operation: "issueAccessToken", Breaks: "The way in which the Python sample sends its fields has to work, and these file parts are refused."},
	{Name: "token-plain-parts-ignored", Question: "data", Operation: "issueAccessToken", Breaks: "Multipart fields have to work, and only file parts are read."},
	{Name: "token-empty-secret-accepted", Question: "caller", Operation: "issueAccessToken", Breaks: "A client without its secret must not get a token."},
	{Name: "token-secret-longer-accepted", Question: "caller", Operation: "issueAccessToken", Breaks: "The right secret with more behind it is a wrong one, and it gets a token."},
	{Name: "token-secret-case-ignored", Question: "caller", Operation: "issueAccessToken", Breaks: "A secret in other letters is a wrong secret, and it gets a token."},
	{Name: "token-password-unchecked", Question: "caller", Operation: "issueAccessToken", Breaks: "A wrong password has to give invalid_grant, and it gives a token."},
	{Name: "token-unknown-user-accepted", Question: "caller", Operation: "issueAccessToken", Breaks: "An unknown user has to give invalid_grant, and gets a token."},
	{Name: "token-race-mixes-clients", Question: "race", Operation: "issueAccessToken", gap: true, Breaks: "A token has to be that of the client who asked, and parallel clients get each other's."},
	{Name: "token-dies-early", Question: "later", Operation: "issueAccessToken", Breaks: "A token lives for 86400 seconds, and this one for less than two."},
	{Name: "token-again-refused", Question: "back", Operation: "issueAccessToken", Breaks: "Right credentials get a token each time, and a user gets only one."},
	{Name: "token-error-200", Question: "seam", Operation: "issueAccessToken", Breaks: "A token error has the status 400 or 401, and comes with 200.", answer: func(_ *call, a *answer) {
		if a.status >= 400 {
			a.status = 200
		}
	}},
	{Name: "token-unknown-grant-accepted", Question: "seam", Operation: "issueAccessToken", Breaks: "A grant_type beyond the two has to be refused."},
}
