//! What is bought and paid: holds that become payments, orders, tickets and prints.

pub mod checkout;
pub mod hold;
pub mod order;
pub mod payment;
pub mod print;
pub mod sale;
pub mod settle;

#[cfg(test)]
mod tests {
    use super::hold::HoldState;
    use super::order::OrderState;
    use super::payment::{PaymentState, RefundReason};
    use super::print::{PrintReason, PrintStatus};

    #[test]
    fn words_are_those_of_the_interface_and_read_back() {
        assert_eq!(HoldState::ALL.map(HoldState::as_str), ["held", "paying", "ordered", "released", "lapsed"]);
        assert_eq!(OrderState::ALL.map(OrderState::as_str), ["paid", "cancelled", "refunded"]);
        assert_eq!(PaymentState::ALL.map(PaymentState::as_str), ["pending", "captured", "declined", "refunded"]);
        let reasons = ["seats_taken", "hold_released", "already_paid", "wrong_amount", "event_cancelled", "order_cancelled"];
        assert_eq!(RefundReason::ALL.map(RefundReason::as_str), reasons);
        assert_eq!(PrintStatus::ALL.map(PrintStatus::as_str), ["NOT_PRINTED", "PENDING", "PRINTED", "ERROR"]);
        assert_eq!(PrintReason::ALL.map(PrintReason::as_str), ["undrawable", "gave_up", "ticket_returned"]);

        assert_eq!(HoldState::ALL.map(|state| HoldState::parse(state.as_str())), HoldState::ALL.map(Some));
        assert_eq!(OrderState::ALL.map(|state| OrderState::parse(state.as_str())), OrderState::ALL.map(Some));
        assert_eq!(PaymentState::ALL.map(|state| PaymentState::parse(state.as_str())), PaymentState::ALL.map(Some));
        assert_eq!(RefundReason::ALL.map(|reason| RefundReason::parse(reason.as_str())), RefundReason::ALL.map(Some));
        assert_eq!(PrintReason::ALL.map(|reason| PrintReason::parse(reason.as_str())), PrintReason::ALL.map(Some));
        assert_eq!((HoldState::parse("Held"), OrderState::parse(""), PaymentState::parse("paid")), (None, None, None));
    }
}
