package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/twinbill/twinbill/internal/hint"
	"github.com/twinbill/twinbill/openapi"
)

// complaint is one line about why a command line ended as it did: the variables that set
// flags by their own names, and no secret.
func complaint(command *cobra.Command, err error) string {
	text := strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(err.Error())
	text = withoutSecrets(asSet(command.Flags(), text), command.Flags())
	if runes := []rune(text); len(runes) > longestComplaint {
		text = string(runes[:longestComplaint]) + "..."
	}
	return text
}

const longestComplaint = 2000

// What may be a secret in what was typed: a user before a host, a value of a query, and
// whatever is set to a name that says so.
var (
	user       = regexp.MustCompile(`//[^\s"/@]*@|\b[^\s"/@:]+:[^\s"/@]+@`)
	queried    = regexp.MustCompile(`([?&][\w.%-]+=)[^\s"&]+`)
	assigned   = regexp.MustCompile(`(?i)([\w-]*(?:secret|token|passw|api_?-?key)[\w-]*[=:]\s*"?)[^\s",;*]+`)
	secretName = regexp.MustCompile(`(?i)secret|token|passw|key`)
)

// withoutSecrets masks what no message may show: the values of variables and flags that
// hold secrets, and what looks like one.
func withoutSecrets(text string, flags *pflag.FlagSet) string {
	const least = 4 // what is shorter hides nothing but words
	var secrets []string
	if token := flags.Lookup("admin-token"); token != nil {
		secrets = append(secrets, token.Value.String())
	}
	for _, v := range os.Environ() {
		if name, value, _ := strings.Cut(v, "="); strings.HasPrefix(name, "TWINBILL_") && secretName.MatchString(name) {
			secrets = append(secrets, value)
		}
	}
	for _, secret := range secrets {
		if len(secret) >= least {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	text = user.ReplaceAllStringFunc(text, func(found string) string {
		if strings.HasPrefix(found, "//") {
			return "//***@"
		}
		return "***@"
	})
	return assigned.ReplaceAllString(queried.ReplaceAllString(text, "$1***"), "$1***")
}

// unknownCommand says that there is no such command, and which may be meant.
func unknownCommand(root *cobra.Command, args []string) error {
	typed := ""
	if i := slices.IndexFunc(args, func(arg string) bool { return !strings.HasPrefix(arg, "-") }); i >= 0 {
		typed = args[i]
	}
	var known []string
	for _, command := range root.Commands() {
		known = append(known, command.Name())
	}
	return fmt.Errorf("unknown command %q%s; see `%s --help`", typed, hint.For(typed, known), root.CommandPath())
}

// unknownFlag puts an error about the flags of a command in words that name the nearest
// flag.
func unknownFlag(command *cobra.Command, err error) error {
	var known []string
	command.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
	switch unknown, isUnknown := errors.AsType[*pflag.NotExistError](err); {
	case isUnknown && unknown.GetSpecifiedShortnames() != "":
		typed := unknown.GetSpecifiedShortnames() // as in -url
		meant := hint.For("--"+strings.SplitN(typed, "=", 2)[0], known)
		err = fmt.Errorf("unknown flag: -%s%s; flags begin with two dashes", unknown.GetSpecifiedName(), meant)
	case isUnknown:
		err = fmt.Errorf("%w%s", err, hint.For("--"+unknown.GetSpecifiedName(), known))
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		err = fmt.Errorf("--%s %w", invalid.GetFlag().Name, unreadable(invalid.GetFlag(), invalid.GetValue(), err))
	}
	if !command.HasParent() {
		return fmt.Errorf("%w; see `twinbill --help`", err)
	}
	return fmt.Errorf("%s: %w; see `%s --help`", command.Name(), err, command.CommandPath())
}

// oneOf errs where the value of a flag is none of those that it takes.
func oneOf(flag, value string, known ...string) error { return oneWord("--"+flag, value, known...) }

// oneWord errs where a word is none of those known.
func oneWord(what, value string, known ...string) error {
	if slices.Contains(known, value) {
		return nil
	}
	last := len(known) - 1
	return fmt.Errorf("%s is %s or %s, not %q%s", what, strings.Join(known[:last], ", "), known[last], value, hint.For(value, known))
}

// selected are the APIs of --api: both where it names none.
func selected(api string) ([]openapi.API, error) {
	if api == "" {
		return openapi.APIs(), nil
	}
	var known []string
	for _, each := range openapi.APIs() {
		known = append(known, string(each))
	}
	return []openapi.API{openapi.API(api)}, oneOf("api", api, known...)
}
