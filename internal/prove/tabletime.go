package prove

var waiting = each(Trial{
	Group:   Time,
	As:      Owner,
	Target:  shortLived,
	Control: WithoutLock,
}, []Trial{
	{
		Name:        "ends-in-time",
		Attack:      "delete it before its retention ends, and again after",
		Expectation: EndsInTime,
		Document:    docPeriods,
		attack:      deleteBeforeAndAfter,
	},
	{
		Name:        "hold-outlasts",
		Target:      shortUnderHold,
		Attack:      "delete it after its retention under a legal hold, and again without the hold",
		Expectation: EndsInTime,
		Document:    docHold,
		attack:      holdPastTheEnd,
	},
	{
		Name:        "lengthened-holds",
		Attack:      "lengthen its retention, and delete it after the first date",
		Expectation: Lengthened,
		Document:    docPeriods,
		attack:      lengthenAndWait,
	},
	{
		Name:        "clock-ahead",
		Target:      put,
		Attack:      "delete it with a clock set past its retention",
		Expectation: Kept,
		Control:     ValidRequest,
		Document:    docSignature,
		attack:      deleteFromTheFuture,
		Signature:   true,
	},
})
