package ripple

import (
	"context"
	"encoding/json"
	"net/http"
	"net/mail"
	"time"

	"github.com/oapi-codegen/nullable"

	gen "github.com/twinbill/twinbill/gen/ripple"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/store"
	"github.com/twinbill/twinbill/openapi"
)

// japan is the offset of every time that the API shows.
var japan = time.FixedZone("+09:00", 9*60*60)

// CreateReseller issues a reseller account for a billing group
// (reseller#create-reseller-account). The password is forgotten at once.
func (t *Twin) CreateReseller(ctx context.Context, request gen.CreateResellerRequestObject) (gen.CreateResellerResponseObject, error) {
	b := request.Body
	meta, err := t.switches(b.Meta)
	if err != nil {
		return nil, err
	}
	reading := t.dialect.Reading("ripple.reseller.email")
	form, unique := reading == "checked" || reading == "syntax-only", reading == "checked" || reading == "unique-only"
	err = write(ctx, func(tx *store.Tx) error {
		if err := t.rules.First(
			t.empty("ripple.reseller.create", "email", b.Email),
			t.empty("ripple.reseller.create", "company_id", b.CompanyId),
			emailForm.When(form && b.Email != "" && !address(b.Email), b.Email),
			passwordGiven.When(b.InputType == gen.Custom && !given(b.Password)),
			resellerCompanyKnown.When(b.CompanyId != "" && tx.BillingGroup(b.CompanyId) == nil, b.CompanyId),
			emailUnique.When(unique && len(tx.ResellersByEmail(b.Email)) > 0, b.Email),
		); err != nil {
			return err
		}
		tx.InsertReseller(store.Reseller{
			UserID: newID(tx, sandbox.From(ctx).Seed, "user_id", func(id string) bool { return tx.Reseller(id) != nil }),
			Email:  b.Email, CompanyID: b.CompanyId, InputType: string(b.InputType), Notification: b.Notification,
			Meta: t.meta, Registered: now(ctx),
		}.WithMeta(meta))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return gen.CreateReseller200JSONResponse{SucceededJSONResponse: success}, nil
}

// ListResellers lists the reseller accounts, each with its billing group
// (reseller#get-reseller-account-list).
func (t *Twin) ListResellers(ctx context.Context, _ gen.ListResellersRequestObject) (gen.ListResellersResponseObject, error) {
	tx := read(ctx)
	list := resellerList{}
	for r := range tx.Resellers() {
		list = append(list, t.reseller(tx, r))
	}
	return list, nil
}

// DeleteReseller removes a reseller account (reseller#delete-reseller-account).
func (t *Twin) DeleteReseller(ctx context.Context, request gen.DeleteResellerRequestObject) (gen.DeleteResellerResponseObject, error) {
	err := write(ctx, func(tx *store.Tx) error {
		reseller := tx.Reseller(request.UserId)
		if err := t.rules.First(resellerKnown.When(reseller == nil, request.UserId)); err != nil {
			return err
		}
		if reseller != nil {
			tx.DeleteReseller(reseller)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return gen.DeleteReseller200JSONResponse{SucceededJSONResponse: success}, nil
}

// UpdateResellerPassword notes that a reseller has a new password, which it forgets
// at once (reseller#update-password-for-reseller-account).
func (t *Twin) UpdateResellerPassword(ctx context.Context, request gen.UpdateResellerPasswordRequestObject) (gen.UpdateResellerPasswordResponseObject, error) {
	b := request.Body
	if err := t.rules.First(passwordGiven.When(b.InputType == gen.Custom && !given(b.Password))); err != nil {
		return nil, err
	}
	err := t.changeReseller(ctx, request.UserId, func(reseller store.Reseller) store.Reseller {
		at := now(ctx)
		reseller.InputType, reseller.Notification, reseller.PasswordUpdateTime = string(b.InputType), b.Notification, &at
		return reseller
	})
	if err != nil {
		return nil, err
	}
	return gen.UpdateResellerPassword200JSONResponse{SucceededJSONResponse: success}, nil
}

// UpdateResellerMeta changes what a reseller may see and do
// (reseller#update-meta-for-reseller-account). What becomes of the keys that were
// not sent is the dialect point ripple.reseller.meta-partial.
func (t *Twin) UpdateResellerMeta(ctx context.Context, request gen.UpdateResellerMetaRequestObject) (gen.UpdateResellerMetaResponseObject, error) {
	meta, err := t.switches(&request.Body.Meta)
	if err != nil {
		return nil, err
	}
	err = t.changeReseller(ctx, request.UserId, func(reseller store.Reseller) store.Reseller {
		at := now(ctx)
		reseller.UpdateTime = &at
		if t.dialect.Is("ripple.reseller.meta-partial", "replaced") {
			reseller.Meta = nil
		}
		return reseller.WithMeta(meta)
	})
	if err != nil {
		return nil, err
	}
	return gen.UpdateResellerMeta200JSONResponse{SucceededJSONResponse: success}, nil
}

// changeReseller replaces the reseller of a user id by what change makes of it. An
// unknown user id is refused.
func (t *Twin) changeReseller(ctx context.Context, userID string, change func(store.Reseller) store.Reseller) error {
	return write(ctx, func(tx *store.Tx) error {
		reseller := tx.Reseller(userID)
		if err := t.rules.First(resellerKnown.When(reseller == nil, userID)); err != nil {
			return err
		}
		if reseller != nil {
			tx.UpdateReseller(change(*reseller))
		}
		return nil
	})
}

// reseller is a reseller as the list shows it, with the meta keys that it holds and
// no others.
type reseller struct {
	gen.Reseller
	Meta map[string]bool `json:"meta"`
}

// reseller is a stored reseller as the list shows it. Keys that fixtures left out
// show their defaults, unless only what a meta update sent is to show.
func (t *Twin) reseller(tx *store.Tx, r *store.Reseller) reseller {
	meta := r.Meta
	if t.dialect.Is("ripple.reseller.meta-partial", "merged") {
		meta = store.Reseller{Meta: t.meta}.WithMeta(r.Meta).Meta
	}
	out := reseller{
		Reseller: gen.Reseller{
			UserId: r.UserID, Email: r.Email, CompanyId: r.CompanyID,
			UpdateTime: inJapan(r.UpdateTime), PasswordUpdateTime: inJapan(r.PasswordUpdateTime), WaveRegistered: inJapan(&r.Registered),
		},
		Meta: meta,
	}
	if group := tx.BillingGroup(r.CompanyID); group != nil {
		out.BillinggroupId, out.BillinggroupName = group.BillingGroupID, group.Name
	}
	return out
}

// resellerList is the answer of the list. The generated one cannot leave a meta key
// out.
type resellerList []reseller

// VisitListResellersResponse writes the answer.
func (l resellerList) VisitListResellersResponse(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	return json.NewEncoder(w).Encode(l)
}

// ignoredPassword reports whether a violation is about the length of a password that
// is ignored, the service being asked to make one (dialect point
// ripple.reseller.password).
func ignoredPassword(r *http.Request, v openapi.Violation) bool {
	if v.Field() != "password" || v.Keyword != "minLength" && v.Keyword != "maxLength" {
		return false
	}
	body, ok := r.Body.(interface{ ValidatedValue() any })
	if !ok {
		return false
	}
	fields, _ := body.ValidatedValue().(map[string]any)
	return fields["input_type"] == string(gen.Auto)
}

// given reports whether a password was sent.
func given(password nullable.Nullable[string]) bool {
	text, err := password.Get()
	return err == nil && text != ""
}

// address reports whether a text is an email address and nothing more.
func address(text string) bool {
	parsed, err := mail.ParseAddress(text)
	return err == nil && parsed.Address == text
}

// now is the time in the request's sandbox, to the second.
func now(ctx context.Context) time.Time {
	return sandbox.From(ctx).Now().Truncate(time.Second)
}

// inJapan is a time at the offset that the API shows times at.
func inJapan(at *time.Time) nullable.Nullable[time.Time] {
	if at == nil {
		return nullable.NewNullNullable[time.Time]()
	}
	return nullable.NewNullableWithValue(at.In(japan))
}
