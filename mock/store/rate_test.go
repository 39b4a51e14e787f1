package store

import "testing"

func TestRates(t *testing.T) {
	s := open(t)
	write(t, s, func(tx *Tx) {
		tx.SetMonthlyRate(MonthlyRate{Month: "2020-01", Rate: 109})
		tx.SetMonthlyRate(MonthlyRate{Month: "2020-01", Rate: 110})
		tx.SetInvoiceRate(InvoiceRate{Vendor: "aws", Month: "2020-01", AccountID: "1", InvoiceID: "2", Rate: 101.07})
		tx.SetPayerRate(PayerRate{Vendor: "aws", Month: "2020-01", AccountID: "1", Rate: 109.154})
		tx.SetGroupRate(GroupRate{Vendor: "aws", Month: "2020-01", CompanyID: "abcdfeg", Rate: 105.076})
	})
	tx := s.Read()
	equal(t, "month", tx.MonthlyRate("2020-01").Rate, 110)
	equal(t, "invoice", tx.InvoiceRate("aws", "2020-01", "1", "2").Rate, 101.07)
	equal(t, "payer", tx.PayerRate("aws", "2020-01", "1").Rate, 109.154)
	equal(t, "group", tx.GroupRate("aws", "2020-01", "abcdfeg").Rate, 105.076)
	if tx.MonthlyRate("2020-02") != nil || tx.InvoiceRate("aws", "2020-01", "2", "1") != nil ||
		tx.PayerRate("azure", "2020-01", "1") != nil || tx.GroupRate("aws", "2020-02", "abcdfeg") != nil {
		t.Error("a rate that was not set is found")
	}
}

func TestPayersAndInvoiceIDs(t *testing.T) {
	s := open(t)
	write(t, s, func(tx *Tx) {
		tx.InsertPayer(Payer{Vendor: "azure", AccountID: "2"})
		tx.InsertPayer(Payer{Vendor: "aws", AccountID: "1"})
		tx.InsertInvoiceID(InvoiceID{Vendor: "aws", InvoiceID: "9", AccountID: "1"})
		tx.InsertInvoiceID(InvoiceID{Vendor: "aws", InvoiceID: "8", AccountID: "1"})
	})
	tx := s.Read()
	var ids []string
	for payer := range tx.Payers() {
		ids = append(ids, payer.AccountID)
	}
	equal(t, "payers", ids, []string{"2", "1"})
	equal(t, "payer", tx.Payer("aws", "1").Sequence, 2)
	if tx.Payer("azure", "1") != nil {
		t.Error("a payer is found at another vendor")
	}
	equal(t, "first invoice id", tx.InvoiceIDsByVendor("aws")[0].InvoiceID, "9")
	equal(t, "invoice ids of azure", len(tx.InvoiceIDsByVendor("azure")), 0)
	equal(t, "invoice id", tx.InvoiceID("aws", "8", "1").Sequence, 2)
}
